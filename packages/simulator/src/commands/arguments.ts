/** What the argument parser lets pass and a person did not mean: options nobody knows, options without their value, words too many. */
import type { ArgsDef, Resolvable } from 'citty'

/** A command line as it was parsed, and what the command takes. */
export interface CommandLine {
  rawArgs: string[]
  args: { _: string[] }
  cmd: { args?: Resolvable<ArgsDef> }
}

/** Throws an `Error` that names the first thing that was not meant. */
export function checkArguments({ rawArgs, args, cmd }: CommandLine): void {
  const defined = cmd.args !== undefined && typeof cmd.args === 'object' ? (cmd.args as ArgsDef) : {}
  const dashes = rawArgs.indexOf('--')
  const handedOn = dashes < 0 ? 0 : rawArgs.length - dashes - 1
  for (const [key, value] of Object.entries(args)) {
    if (key === '_') continue
    const name = kebab(key)
    const type = defined[name]?.type
    if (type === undefined) throw unknownOption(name, defined)
    if (type === 'string' && String(value) === '') throw valueMissing(`--${name}`)
  }
  const places = Object.values(defined).filter(({ type }) => type === 'positional').length
  const [tooMany] = args._.slice(places, args._.length - handedOn)
  if (tooMany !== undefined) throw new Error(`不知道 ${tooMany} 是什么 / what is this for: ${tooMany}`)
}

/** Of an option, as it is written. */
export function valueMissing(option: string): Error {
  return new Error(`${option} 需要一个值 / needs a value`)
}

/** With those there are. */
export function unknownOption(name: string, defined: ArgsDef): Error {
  const options = Object.entries(defined).filter(([, { type }]) => type !== 'positional')
  const known = options.map(([option]) => `--${option}`).join(' ')
  const written = name.length === 1 ? `-${name}` : `--${name}`
  return new Error(`没有选项 ${written}，可用 / no option ${written}; there is: ${known}`)
}

/** The parser has each name in both spellings. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
