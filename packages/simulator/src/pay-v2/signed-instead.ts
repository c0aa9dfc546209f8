/**
 * What a merchant signed where WeChat Pay v2 verifies another text, with which other key, or by which other algorithm: the
 * usual mistakes, tried one after the other, so that the inspector can show both. Source: API v2 docs, "签名算法", 校验工具; the
 * questions of its users.
 */
import type { SignatureCheck } from '../exchanges.ts'
import type { SignType } from '../pay/state.ts'
import { gbkBytes } from './gbk.ts'

export type Parameters = Record<string, string | number>

/** A secret that might have been taken for the APIv2 key, and what it is called. */
export interface OtherKey {
  name: string
  key: string
}

export interface Mismatch {
  /** Every element that came, in the order it came, empty ones included. */
  params: Parameters
  /** The right text, the key masked. */
  right: string
  received: string
  key: string
  type: SignType
  otherKeys: readonly OtherKey[]
  /** The same content under names that are used elsewhere. */
  otherParams: readonly Parameters[]
  digest(text: string | Uint8Array, key: string, type: SignType): string
}

type Told = Pick<SignatureCheck, 'signedText' | 'signedBy'>

/** The first mistake that explains the signature; nothing when none of the usual ones does. Keys are masked. */
export function signedInstead(mismatch: Mismatch): Told {
  const received = mismatch.received.toUpperCase()
  for (const manner of manners(mismatch))
    for (const text of texts(mismatch, manner.key)) {
      const bytes = manner.encoded === undefined ? text : manner.encoded(text)
      if (bytes !== undefined && mismatch.digest(bytes, manner.key, manner.type) === received)
        return told(mismatch, manner, text)
    }
  return {}
}

function told({ received, right }: Mismatch, { key, names }: Manner, text: string): Told {
  const isLower = received !== received.toUpperCase()
  const by = [...names, ...(isLower ? ['小写 in lower case'] : [])].join(', ')
  const signedText = text.replaceAll(key, '****')
  return {
    ...(signedText === right ? {} : { signedText }),
    ...(by === '' ? {} : { signedBy: by }),
  }
}

/** A key, an algorithm and an encoding; the right ones have no name. */
interface Manner {
  key: string
  type: SignType
  names: string[]
  encoded?: (text: string) => Uint8Array | undefined
}

function manners({ key, type, otherKeys }: Mismatch): Manner[] {
  const other: SignType = type === 'MD5' ? 'HMAC-SHA256' : 'MD5'
  const keys = [
    { key, names: [] },
    ...otherKeys.map((each) => ({ key: each.key, names: [each.name] })),
    { key: key.toLowerCase(), names: ['小写的 APIv2 密钥 the APIv2 key in lower case'] },
    { key: key.toUpperCase(), names: ['大写的 APIv2 密钥 the APIv2 key in upper case'] },
  ]
  return [
    ...keys.map((each) => ({ ...each, type })),
    ...keys.map((each) => ({ ...each, type: other, names: [...each.names, other] })),
    { key, type, names: ['GBK'], encoded: gbkBytes },
    {
      key,
      type,
      names: ['ISO-8859-1'],
      encoded: (text) => Buffer.from(text.replaceAll(/[^\0-\xff]/g, '?'), 'latin1'),
    },
  ]
}

function* texts({ params, otherParams }: Mismatch, key: string): Generator<string> {
  for (const query of queries(params, otherParams)) yield `${query}&key=${key}`
  const right = joined(sorted(present(params)))
  for (const end of WRONG_ENDS) yield right + end.replace('{}', key)
  yield key + right
  // The key as one more field, sorted in with the others.
  yield joined(sorted([...present(params), ['key', key]]))
}

const WRONG_ENDS = ['{}', '&{}', '&KEY={}', '&appkey={}', '&secret={}', '&key={}\n', '', '&', '&key=']

type Pairs = readonly (readonly [string, string])[]

function* queries(params: Parameters, otherParams: readonly Parameters[]): Generator<string> {
  const all = Object.entries(params).map(([name, value]) => [name, String(value)] as const)
  const given = present(params)
  yield joined(sorted(given))
  for (const other of otherParams) yield joined(sorted(present(other)))
  const unsigned = all.filter(([name]) => name !== 'sign')
  // Empty values signed, the signature's own name signed, in the order of the message, by names without regard to case.
  yield joined(sorted(unsigned))
  yield joined(sorted([...unsigned, ['sign', '']]))
  yield joined(given)
  yield joined(unsigned)
  yield joined([...given].sort(([left], [right]) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1)))
  yield joined([...sorted(given)].reverse())
  for (const change of VALUE_MISTAKES)
    yield joined(sorted(given).map(([name, value]) => [name, change(value)]))
  yield sorted(given)
    .map(([name, value]) => `${name}${value}`)
    .join('')
  yield sorted(given)
    .map(([name, value]) => `${name}:${value}`)
    .join('&')
  yield sorted(given)
    .map(([, value]) => value)
    .join('')
  // One that was added to the message after it was signed, in another request, or by a library.
  for (const [left] of given) yield joined(sorted(given.filter(([name]) => name !== left)))
}

const VALUE_MISTAKES: readonly ((value: string) => string)[] = [
  unlessBroken(encodeURIComponent),
  unlessBroken(encodeURI),
  (value) => new URLSearchParams({ v: value }).toString().slice(2),
  (value) => value.trim(),
  (value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  (value) => `<![CDATA[${value}]]>`,
  (value) => `"${value}"`,
  (value) => value.toLowerCase(),
]

/** Half a character cannot be encoded; as a number in the XML it can be sent. */
function unlessBroken(encode: (value: string) => string): (value: string) => string {
  return (value) => {
    try {
      return encode(value)
    } catch {
      return value
    }
  }
}

function present(params: Parameters): Pairs {
  return Object.entries(params)
    .map(([name, value]) => [name, String(value)] as const)
    .filter(([name, value]) => name !== 'sign' && value !== '')
}

function sorted(pairs: Pairs): Pairs {
  return [...pairs].sort(byName)
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1
}

function joined(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}
