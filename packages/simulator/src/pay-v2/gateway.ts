/**
 * The front of WeChat Pay v2, the same for every call: POST, UTF-8, XML, required fields, merchant and account,
 * signature, client certificate. What passes goes to the call itself. HTTP status is always 200.
 * Source: API v2 docs, "协议规则"; the order of the checks and the level of each answer as seen on the service.
 */
import type { SignatureCheck } from '../exchanges.ts'
import type { PaySide, SignType } from '../pay/state.ts'
import { accountOf, merchantOf } from '../simulation.ts'
import type { Merchant, OfficialAccount } from '../world.ts'
import { type FieldProblem, type FieldRules, fieldProblem } from './fields.ts'
import { checkV2, signV2 } from './sign.ts'
import type { OtherKey } from './signed-instead.ts'
import { readXml, writeXml } from './xml.ts'

export interface V2Call {
  rules: FieldRules
  run(request: V2Request): V2Outcome
  /** The only algorithm this call takes, whatever `sign_type` says. */
  signType?: SignType
  /** Only for a merchant that came with its own certificate. */
  needsCertificate?: boolean
  /** How this call says no before it has looked at the business; unsigned `return_msg` unless it has a way of its own. */
  objection?: (problem: FrontProblem) => V2Fields
}

export interface V2Request {
  side: PaySide
  merchant: Merchant
  fields: Record<string, string>
  signType: SignType
}

export type V2Fields = Record<string, string | number>

/** What is wrong with a request before anything is looked up for it. */
export type FrontProblem =
  | FieldProblem
  | { kind: 'method' | 'empty' | 'encoding' | 'xml' | 'account' | 'merchant' | 'signature'; text: string }

export type V2Outcome =
  /** `result_code` SUCCESS with the call's own fields. */
  | { outcome: 'done'; fields: V2Fields }
  /** `result_code` FAIL: signed, with `err_code` and `err_code_des`. */
  | { outcome: 'refused'; code: string; text: string; fields: V2Fields }
  /** `return_code` FAIL: unsigned, with `return_msg` only. */
  | { outcome: 'rejected'; text: string }
  /** A file in place of a message; `text` is what is in it. */
  | { outcome: 'file'; body: Uint8Array<ArrayBuffer>; text: string }
  /** A no in a shape of the call's own, unsigned. */
  | { outcome: 'no-file'; fields: V2Fields; text: string }

export interface V2Answer {
  body: string | Uint8Array<ArrayBuffer>
  /** The body before it was compressed. */
  text?: string | undefined
  /** WeChat's words of a no. */
  refused?: string | undefined
  signature?: SignatureCheck | undefined
  outTradeNo?: string | undefined
}

export interface V2Message {
  method: string
  body: Uint8Array
  /** Whose client certificate came with it. */
  certificateMchids: readonly string[]
}

export const done = (fields: V2Fields): V2Outcome => ({ outcome: 'done', fields })
export const refused = (code: string, text: string, fields: V2Fields = {}): V2Outcome => ({
  outcome: 'refused',
  code,
  text,
  fields,
})
export const rejected = (text: string): V2Outcome => ({ outcome: 'rejected', text })

/** The reply to one request, with what the inspector shows of it. */
export function answerV2(side: PaySide, call: V2Call, message: V2Message): V2Answer {
  const { method, body } = message
  if (method !== 'POST') return objected(call, { kind: 'method', text: '请使用post方法' })
  if (body.byteLength === 0) return objected(call, { kind: 'empty', text: 'post数据为空' })
  const text = utf8(body)
  if (text === undefined) return objected(call, { kind: 'encoding', text: '编码格式错误' })
  const fields = readXml(text)
  if (fields === undefined) return objected(call, { kind: 'xml', text: 'XML格式错误' })
  return { outTradeNo: fields['out_trade_no'], ...judge(side, call, message, fields) }
}

function judge(
  side: PaySide,
  call: V2Call,
  { certificateMchids }: V2Message,
  fields: Record<string, string>,
): V2Answer {
  const problem = fieldProblem(call.rules, fields)
  if (problem !== undefined) return objected(call, problem)
  const { appid = '', mch_id: mchid = '', sign = '', sign_type: named = '' } = fields
  const account = accountOf(side, appid)
  if (account === undefined) return objected(call, { kind: 'account', text: 'appid不存在' })
  const merchant = merchantOf(side, mchid)
  // A made-up merchant number gets the same words as a wrong key (seen in a probe of the service).
  if (merchant === undefined) return objected(call, { kind: 'merchant', text: '签名错误' })
  if (!merchant.appids.includes(appid))
    return objected(call, { kind: 'account', text: 'appid和mch_id不匹配' })
  const signType = call.signType ?? (named === 'HMAC-SHA256' ? named : 'MD5')
  const otherKeys = secretsBesideTheKey(merchant, account)
  const signature = checkV2(fields, sign, merchant.apiKey, signType, { otherKeys })
  if (!signature.valid) return { ...objected(call, { kind: 'signature', text: '签名错误' }), signature }
  const request: V2Request = { side, merchant, fields, signType }
  const isForeign = call.needsCertificate === true && !certificateMchids.includes(mchid)
  const outcome = isForeign ? refused('CERT_ERROR', '证书校验错误') : call.run(request)
  return { ...reply(request, outcome), signature }
}

/** Taken for the APIv2 key, now and then. */
export function secretsBesideTheKey(
  { apiV3Key }: Merchant,
  account: OfficialAccount | undefined,
): OtherKey[] {
  return [
    ...(apiV3Key === null ? [] : [{ name: 'APIv3 密钥 the APIv3 key', key: apiV3Key }]),
    ...(account === undefined ? [] : [{ name: 'AppSecret', key: account.secret }]),
  ]
}

function reply(request: V2Request, result: V2Outcome): V2Answer {
  switch (result.outcome) {
    case 'done':
      return { body: levelTwo(request, { result_code: 'SUCCESS' }, result.fields) }
    case 'rejected':
      return levelOne(result.text)
    case 'file':
      return { body: result.body, text: result.text }
    case 'no-file':
      return { body: writeXml(result.fields), refused: result.text }
    case 'refused': {
      const { code, text } = result
      const body = levelTwo(
        request,
        { result_code: 'FAIL', err_code_des: text, err_code: code },
        result.fields,
      )
      return { body, refused: `${code} ${text}` }
    }
  }
}

function objected({ objection }: V2Call, problem: FrontProblem): V2Answer {
  if (objection === undefined) return levelOne(problem.text)
  const fields = objection(problem)
  return { body: writeXml(fields), refused: String(fields['return_msg']) }
}

function levelOne(text: string): V2Answer {
  return { body: writeXml({ return_code: 'FAIL', return_msg: text }), refused: text }
}

/** Elements in the order production sends them, which is not the order of the documentation. */
function levelTwo({ side, merchant, fields, signType }: V2Request, result: V2Fields, own: V2Fields): string {
  const { appid = '', device_info: deviceInfo = '' } = fields
  const said: V2Fields = {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    ...result,
    mch_id: merchant.mchid,
    appid,
    ...(deviceInfo === '' ? {} : { device_info: deviceInfo }),
    nonce_str: side.random.text(16),
    ...own,
  }
  return writeXml({ ...said, sign: signV2(said, merchant.apiKey, signType) })
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
