/**
 * What a merchant signed where the service verifies another text, or with whose key: the usual mistakes, tried one after
 * the other, so that the inspector can show both texts. Source: API v3 docs, "签名错误常见问题"; issues of the SDKs.
 */
import type { SignatureCheck } from '../exchanges.ts'
import type { Simulation } from '../simulation.ts'
import { type MerchantKeys, merchantKeys } from './keys.ts'
import { isSignatureOf, OTHER_BASE64, type RequestLines, standardBase64 } from './sign.ts'

export interface Mismatch {
  lines: RequestLines
  body: Uint8Array
  /** The signature as it came. */
  received: string
  keys: MerchantKeys
}

/** The text or the key of the first mistake that explains the signature; nothing when none of the usual ones does. */
export function signedInstead(
  simulation: Simulation,
  { lines, body, received, keys }: Mismatch,
): Pick<SignatureCheck, 'signedText' | 'signedBy'> {
  const content = Buffer.from(body).toString()
  const right = written(lines, lines.target, content, '\n')
  if (isSignatureOf(right, standardBase64(received), keys.publicKey)) return { signedBy: OTHER_BASE64 }
  for (const text of messages(lines, content))
    if (isSignatureOf(text, received, keys.publicKey)) return { signedText: text }
  const other = simulation.world.merchants.find((merchant) =>
    isSignatureOf(right, received, merchantKeys(simulation, merchant).publicKey),
  )
  return other === undefined ? {} : { signedBy: `商户 merchant ${other.mchid}` }
}

/** One mistake in a line after the other first, then two lines wrong at once. */
function* messages(lines: RequestLines, content: string): Generator<string> {
  const targets = [lines.target, ...wrongTargets(lines.target)]
  const bodies = [content, ...wrongBodies(content)]
  for (const end of ['\n', ''])
    for (const target of targets)
      for (const body of bodies) {
        yield written(lines, target, body, end)
        if (body === content) yield* wrongLines(lines, target, body, end)
      }
}

function written(
  { method, timestamp, nonce }: RequestLines,
  target: string,
  body: string,
  end: string,
): string {
  return `${method}\n${target}\n${timestamp}\n${nonce}\n${body}${end}`
}

function wrongLines(lines: RequestLines, target: string, body: string, end: string): string[] {
  const { method, timestamp, nonce } = lines
  return [
    written({ ...lines, method: method.toLowerCase() }, target, body, end),
    written({ ...lines, method: method === 'GET' ? 'POST' : 'GET' }, target, body, end),
    written({ ...lines, timestamp: nonce, nonce: timestamp }, target, body, end),
    written({ ...lines, timestamp: `${timestamp}000` }, target, body, end),
    written(lines, target, body, end).replaceAll('\n', '\r\n'),
    written(lines, target, body, end).replaceAll('\n', '\\n'),
    // An empty body is a line too.
    ...(body === '' ? [`${method}\n${target}\n${timestamp}\n${nonce}\n`] : []),
  ]
}

const HOSTS = ['https://api.mch.weixin.qq.com', 'api.mch.weixin.qq.com']

function wrongTargets(target: string): string[] {
  const [path = '', query] = target.split('?')
  return [
    path,
    `${path}?`,
    path.replace(/^\/v3/, ''),
    target.slice(1),
    ...HOSTS.map((host) => host + target),
    decoded(target),
    encodeURI(target),
    target.replaceAll('|', '%7C'),
    target.replaceAll('%7C', '|'),
    path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
    ...(query === undefined ? [] : [`${path}?${query.split('&').sort().join('&')}`]),
  ].filter((each) => each !== target)
}

/** The same JSON as other libraries write it, and no body at all. */
function wrongBodies(content: string): string[] {
  const value = parsed(content)
  if (value === undefined) return content === '' ? ['{}', 'null'] : ['']
  const compact = JSON.stringify(value)
  const spaced = JSON.stringify(value, null, 1)
    .replaceAll(/\n */g, ' ')
    .replaceAll(/([[{]) | (?=[\]}])/g, '$1')
  return [
    '',
    compact,
    `${content}\n`,
    content.trimEnd(),
    JSON.stringify(value, null, 2),
    JSON.stringify(value, null, 4),
    spaced,
    ...[compact, spaced].flatMap((text) => [escaped(text), escaped(text).replaceAll('/', '\\/')]),
    compact.replaceAll('/', '\\/'),
    compact.replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'),
    JSON.stringify(sorted(value)),
  ].filter((each) => each !== content)
}

/** As Python and PHP write characters beyond ASCII unless told otherwise. */
function escaped(text: string): string {
  return text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    return target
  }
}
