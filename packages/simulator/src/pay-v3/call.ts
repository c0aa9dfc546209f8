/** One call of Pay v3: the fields it takes, whose it is, and the business behind them. */
import type { PaySide } from '../pay/state.ts'
import type { Merchant } from '../world.ts'
import { type Field, FieldError, isRecord, object, readInput } from './fields.ts'
import { parameterError, refusal, type V3Refusal } from './refusal.ts'

export type V3Outcome =
  | { outcome: 'done'; body: object }
  /** 204. */
  | { outcome: 'empty' }
  /** A bill, which nobody signs. */
  | { outcome: 'file'; bytes: Uint8Array<ArrayBuffer>; type: string; text: string }
  | V3Refusal

export const done = (body: object): V3Outcome => ({ outcome: 'done', body })

/** Who asks, and how. */
export interface Caller {
  side: PaySide
  /** Who signed. */
  merchant: Merchant
  /** `Wechatpay-Serial`. */
  serial: string | undefined
  /** Scheme, host and port the request came to. */
  origin: string
}

/** A request whose signature was believed, its fields not looked at yet. */
export interface V3Input extends Caller {
  path: Record<string, string>
  query: Record<string, string>
  /** Undefined where there was none that could be used. */
  json: unknown
}

export interface V3Call {
  /** As the inspector calls it. */
  title: string
  /** Throws `FieldError`. */
  answer(input: V3Input): V3Outcome
}

/** What was asked, read. */
export interface Asked<Path, Query, Body> extends Caller {
  path: Path
  query: Query
  body: Body
}

export interface CallRules<Path, Query, Body> {
  title: string
  path: Field<Path>
  query: Field<Query>
  body: Field<Body>
  /** 商户号 that the request says it is from; it must be who signed. */
  mchid?: (asked: Asked<Path, Query, Body>) => string
  permission?: keyof Merchant['permissions']
  run(asked: Asked<Path, Query, Body>): V3Outcome
}

/** Of a path, a query or a body without members. */
export const NOTHING: Field<object> = object('', {})

/** Schema, then who asks, then what it may, then business: the order the service keeps. */
export function v3Call<Path, Query, Body>(rules: CallRules<Path, Query, Body>): V3Call {
  return {
    title: rules.title,
    answer(input) {
      const asked = { ...input, ...fieldsOf(rules, input) }
      if (rules.mchid !== undefined && rules.mchid(asked) !== input.merchant.mchid)
        return parameterError('http header中的mchid与post payload中的mchid不匹配')
      const { permission } = rules
      if (permission !== undefined && !input.merchant.permissions[permission])
        return refusal(403, 'NO_AUTH', NOT_ALLOWED[permission])
      return rules.run(asked)
    },
  }
}

const NOT_ALLOWED: Record<keyof Merchant['permissions'], string> = {
  jsapi: '商户号该产品权限未开通，请前往商户平台>产品中心检查后重试',
  refund: '没有退款权限',
}

function fieldsOf<Path, Query, Body>(
  rules: CallRules<Path, Query, Body>,
  { path, query, json }: V3Input,
): Pick<Asked<Path, Query, Body>, 'path' | 'query' | 'body'> {
  refuseRepetition(path, { '/query': query, '/body': json })
  return {
    path: readInput(rules.path, path, { path: '/uri_template', location: 'uri_template' }),
    query: readInput(rules.query, query, { path: '/query', location: 'query' }),
    // Without a usable body its members are looked for nowhere.
    body:
      json === undefined
        ? readInput(rules.body, {}, { path: '', location: null })
        : readInput(rules.body, json, { path: '/body', location: 'body' }),
  }
}

/** What the path says may not be said again. */
function refuseRepetition(path: Record<string, string>, elsewhere: Record<string, unknown>): void {
  for (const [place, given] of Object.entries(elsewhere))
    for (const name of Object.keys(path))
      if (isRecord(given) && Object.hasOwn(given, name)) {
        const message = `无法将输入源“${place}/${name}”映射到目标字段“${PATH_LABELS[name]}”中，此字段并非多重字段但被输入源“/uri_template/${name}”映射过了。`
        throw new FieldError(message, { location: place === '/body' ? 'body' : 'query', value: given[name] })
      }
}

const PATH_LABELS: Record<string, string> = {
  out_trade_no: '商户订单号',
  transaction_id: '微信支付订单号',
  out_refund_no: '商户退款单号',
  refund_id: '微信支付退款单号',
  combine_out_trade_no: '合单商户订单号',
  combine_transaction_id: '合单微信支付订单号',
}
