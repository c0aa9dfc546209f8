/** Options that several commands take, and how their texts are read. */
import type { StringArgDef } from 'citty'

/** The process's environment: `SIMULATOR_PORT` and the like are defaults, unless empty as compose files leave them. */
export type Environment = Record<string, string | undefined>

export function portOption(environment: Environment): StringArgDef {
  return {
    type: 'string',
    description: 'HTTP 端口 / port (SIMULATOR_PORT)',
    default: environment['SIMULATOR_PORT'] || '9090',
  }
}

export const seedOption: StringArgDef = {
  type: 'string',
  description: '随机种子 / seed of everything random',
  default: 'shouyin',
}

export function merchantOriginOption(environment: Environment): StringArgDef {
  return {
    type: 'string',
    description: '商户网站的地址 / where the merchant’s pages are (SIMULATOR_MERCHANT_ORIGIN)',
    default: environment['SIMULATOR_MERCHANT_ORIGIN'] || 'http://localhost:8080',
  }
}

/** Throws an `Error` that names the setting. */
export function readPort(setting: string, text = ''): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value < 65_536) return value
  throw new Error(`${setting} 不是有效端口 / is not a port: ${text}`)
}

/** Throws an `Error` that names the setting. */
export function readOrigin(setting: string, text = ''): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol)) return parsed.origin
  throw new Error(`${setting} 不是网址 / is not an address: ${text}`)
}

/** Throws an `Error` that names the option. */
export function readWhole(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Error(`${option} 不是整数 / is not a whole number: ${text}`)
}

/** Throws an `Error` that lists what there is to choose from. */
export function readChoice<Choice extends string>(choices: readonly Choice[], text: string): Choice {
  const chosen = choices.find((choice) => choice === text)
  if (chosen !== undefined) return chosen
  throw new Error(`没有 ${text}，可选 / no ${text}; there is: ${choices.join(' ')}`)
}

/** Where the simulator is that a command speaks to. Throws an `Error` that names the setting. */
export function simulatorUrl(port: string | undefined): string {
  return `http://127.0.0.1:${readPort('SIMULATOR_PORT', port)}`
}
