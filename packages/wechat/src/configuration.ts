/**
 * Checks of the options that `createOfficialAccount` and `createPayV2` take. Each answers what is wrong, in Chinese and
 * English, so that all of it can be said at once; no value is ever printed. Options come from environments and files, so
 * nothing is taken for granted, not even that they are there.
 */
import { names } from './given.ts'
import { Secret } from './secret.ts'

/** The problems of a text option: missing, copied with blanks or quotes around it, or of another shape than the rule's. */
export function textProblems(name: string, option: unknown, pattern: RegExp, rule: string): string[] {
  const value = option instanceof Secret ? option.reveal() : option
  if ((value ?? '') === '') return [`${name}: 未填写 / is missing`]
  if (typeof value !== 'string') return [`${name}: 应为文本（加引号） / must be a text, in quotes`]
  if (/^[\s"'“‘]|[\s"'”’]$/.test(value)) return [`${name}: 前后有空格或引号 / has blanks or quotes around it`]
  return pattern.test(value) ? [] : [`${name}: ${rule}`]
}

/** The problems of an optional choice. */
export function choiceProblems(name: string, option: unknown, choices: readonly string[]): string[] {
  if (option === undefined || choices.some((choice) => choice === option)) return []
  return [`${name}: 只能是 ${choices.join('、')} / must be one of ${choices.join(', ')}`]
}

/**
 * The problem of an option that belongs to another client. Left alone it would say nothing, and a program that means a simulator would
 * show its keys to WeChat.
 */
export function strayProblems(options: object, name: string, right: string): string[] {
  return names(options, name) ? [`${name}: 没有这个选项，应为 ${right} / is no option here; ${right} is`] : []
}

/** The problems of an optional origin: scheme, host and port only, as `URL.origin` gives it. */
export function originProblems(name: string, option: unknown): string[] {
  if (option === undefined || isOrigin(option)) return []
  return [
    `${name}: 应为 https://主机[:端口]，不带路径和末尾斜杠 / must be https://host[:port] without a path or a slash at the end`,
  ]
}

/** The problems of an optional time in milliseconds. */
export function timeoutProblems(name: string, option: unknown): string[] {
  const right =
    typeof option === 'number' && Number.isSafeInteger(option) && option > 0 && option <= 0x7fffffff
  return option === undefined || right ? [] : [`${name}: 应为正整数毫秒 / must be whole milliseconds above 0`]
}

/** The problems of options that are functions: a file in place of `certificateFetch` would be found out at the first refund only. */
export function functionProblems<Options extends object>(
  options: Options,
  names: readonly (keyof Options & string)[],
): string[] {
  return names
    .filter((name) => !['undefined', 'function'].includes(typeof options[name]))
    .map((name) => `${name}: 应为函数 / must be a function`)
}

function isOrigin(option: unknown): boolean {
  return (
    typeof option === 'string' &&
    /^https?:\/\//.test(option) &&
    URL.canParse(option) &&
    new URL(option).origin === option
  )
}
