/** The command line of the simulator: each command is a file below commands/. */
import { readFile } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'
import { type CommandDef, defineCommand, runCommand, runMain } from 'citty'
import { z } from 'zod'
import { unknownOption, valueMissing } from './commands/arguments.ts'
import { browserCommand } from './commands/browser.ts'
import { environmentCommand } from './commands/environment.ts'
import { complain } from './commands/explained.ts'
import { initCommand } from './commands/init.ts'
import { listenCommand } from './commands/listen.ts'
import type { Environment } from './commands/options.ts'
import { replayCommand } from './commands/replay.ts'
import { type StartArguments, startArguments, startCommand } from './commands/start.ts'
import { triggerCommand } from './commands/trigger.ts'

/** Runs what the arguments ask for. `environment` gives the defaults of options, such as `SIMULATOR_PORT`. */
export async function runSimulatorCommand(environment: Environment, rawArgs: string[]): Promise<void> {
  const command = simulatorCommand(environment)
  if (ASKS_ABOUT_IT.test(rawArgs.join(' '))) return runMain(command, { rawArgs })
  try {
    await runCommand(command, { rawArgs: commandFirst(environment, rawArgs) })
  } catch (error) {
    const words = error instanceof Error ? stripVTControlCharacters(error.message) : String(error)
    complain(`${inChinese(words)}${words}\n用法 usage: shouyin-simulator --help`)
  }
}

const ASKS_ABOUT_IT = /(^| )(--help|-h)( |$)|^(--version|-v)$/

function simulatorCommand(environment: Environment): CommandDef<StartArguments> {
  return defineCommand<StartArguments>({
    meta: async () => ({
      name: 'shouyin-simulator',
      version: await version(),
      description: '在本机运行的微信 / a WeChat on this machine',
    }),
    // Known here as well, so that their values are not taken for the name of a command.
    args: startArguments(environment),
    default: 'start',
    subCommands: {
      start: startCommand(environment),
      env: environmentCommand(environment),
      init: initCommand(environment),
      browser: browserCommand(environment),
      listen: listenCommand(environment),
      trigger: triggerCommand(environment),
      replay: replayCommand(environment),
    },
  })
}

/** Of the package; the same place seen from `src` and from `dist`. */
async function version(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

/**
 * Options that stand before the command's name are the command's as well; the parser would drop them. Throws an `Error` for one that
 * nobody knows, whose value would be taken for the name.
 */
function commandFirst(environment: Environment, rawArgs: string[]): string[] {
  const known = startArguments(environment)
  const takesValue = (text = ''): boolean =>
    Object.entries(known).some(([name, { type }]) => text === `--${name}` && type === 'string')
  const at = rawArgs.findIndex((text, index) => !text.startsWith('-') && !takesValue(rawArgs[index - 1]))
  const before = at < 0 ? rawArgs : rawArgs.slice(0, at)
  for (const [index, text] of before.entries()) {
    const name = /^--?(?:no-)?([^=]+)/.exec(text)?.[1]
    if (name !== undefined && !Object.hasOwn(known, name)) throw unknownOption(name, known)
    if (takesValue(text) && rawArgs[index + 1]?.startsWith('-') !== false) throw valueMissing(text)
  }
  return at < 0 ? rawArgs : [...rawArgs.slice(at, at + 1), ...before, ...rawArgs.slice(at + 1)]
}

/** The parser's own errors are English. */
function inChinese(words: string): string {
  if (words.startsWith('Unknown command')) return '没有这个命令 / '
  return words.startsWith('Missing required') ? '缺少参数 / ' : ''
}
