/**
 * Where the transcription in vectors/openapi says other things than the service does, and why. Nothing else is changed or
 * left out: what a call's data says beyond this is what the simulator is held against.
 */
import type { Side } from './specification.ts'

interface Artefact {
  operation: RegExp
  side: Side
  change: Change
  why: string
}

type Change =
  /** Members marked as required that are not, or only once the order is paid. */
  | { kind: 'optional'; members: string[]; untilPaid?: boolean }
  /** A member may have any of the values listed for it in several places, and these. */
  | { kind: 'allowed'; member: string; values: string[] }
  | { kind: 'length'; member: string; most: number }

const ARTEFACTS: readonly Artefact[] = [
  {
    operation: /^POST \/pay\/(orderquery|refundquery)$|^POST \/secapi\/pay\/refund$/,
    side: 'request',
    change: { kind: 'optional', members: ['transaction_id', 'out_trade_no', 'out_refund_no', 'refund_id'] },
    why: 'of several numbers that may be given one is needed; the transcription marks all of them',
  },
  {
    operation: /^POST \/pay\/refundquery$/,
    side: 'reply',
    change: { kind: 'optional', members: ['err_code', 'err_code_des'] },
    why: 'they exist in failures only',
  },
  {
    operation: /^POST \/pay\/orderquery$/,
    side: 'reply',
    change: {
      kind: 'optional',
      members: [
        'openid',
        'is_subscribe',
        'trade_type',
        'bank_type',
        'cash_fee',
        'transaction_id',
        'time_end',
      ],
      untilPaid: true,
    },
    why: 'an unpaid order has no payment to tell of',
  },
  {
    operation: /^GET \/v3\/(pay\/transactions|combine-transactions)\//,
    side: 'reply',
    change: { kind: 'optional', members: ['description', 'notify_url', 'attach'] },
    why: 'query and order share one schema; replies do not have what only requests say',
  },
  {
    operation: /^GET \/v3\/pay\/transactions\//,
    side: 'reply',
    change: { kind: 'optional', members: ['payer_total', 'openid'], untilPaid: true },
    why: 'an unpaid order has no payment to tell of',
  },
  {
    operation: /^POST \/v3\/combine-transactions\/jsapi$/,
    side: 'request',
    change: { kind: 'optional', members: ['sub_mchid'] },
    why: 'a merchant combines orders of merchants, without sub-merchants, as well',
  },
  {
    operation: /^POST \/pay\/downloadfundflow$/,
    side: 'request',
    change: { kind: 'length', member: 'sign', most: 64 },
    why: 'the call takes HMAC-SHA256 only, which has 64 digits',
  },
  {
    operation: /^GET \/v3\/bill\/tradebill$/,
    side: 'query',
    change: { kind: 'allowed', member: 'bill_type', values: [] },
    why: 'two lists of values are joined by allOf, which no value meets',
  },
  {
    operation: /^POST notify_url$/,
    side: 'request',
    change: { kind: 'allowed', member: 'original_type', values: ['transaction'] },
    why: 'captured notifications of payments have it',
  },
]

type Json = Record<string, unknown>

/** The schema as the service means it for this call. */
export function corrected(operation: string, side: Side, schema: Json): Json {
  return ARTEFACTS.filter((each) => each.side === side && each.operation.test(operation)).reduce(
    (sofar, { change }) => applied(sofar, change),
    schema,
  )
}

function applied(schema: Json, change: Change): Json {
  if (change.kind !== 'optional') return walked(schema, (node) => withMember(node, change))
  const relaxed = walked(schema, (node) => withoutRequired(node, change.members))
  if (change.untilPaid !== true) return relaxed
  const paid = { properties: { trade_state: { enum: ['SUCCESS', 'REFUND'] } } }
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: paid, then: schema, else: relaxed }
}

/** Each object of the schema changed, innermost first. */
function walked(node: Json, change: (node: Json) => Json): Json {
  const inside = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(inside)
    return typeof each === 'object' && each !== null ? walked(each as Json, change) : each
  }
  return change(Object.fromEntries(Object.entries(node).map(([name, each]) => [name, inside(each)])))
}

function withoutRequired(node: Json, members: string[]): Json {
  const { required } = node
  if (!Array.isArray(required)) return node
  return { ...node, required: required.filter((member) => !members.includes(String(member))) }
}

function withMember(node: Json, change: Exclude<Change, { kind: 'optional' }>): Json {
  const { properties } = node
  const member = (properties as Json | undefined)?.[change.member]
  if (typeof member !== 'object' || member === null) return node
  const meant =
    change.kind === 'length'
      ? { ...member, maxLength: change.most }
      : { type: 'string', enum: [...new Set([...valuesIn(member), ...change.values])] }
  return { ...node, properties: { ...(properties as Json), [change.member]: meant } }
}

function valuesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, each]) =>
    name === 'enum' && Array.isArray(each) ? each.map(String) : valuesIn(each),
  )
}
