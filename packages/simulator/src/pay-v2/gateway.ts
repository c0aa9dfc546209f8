/**
 * The front of WeChat Pay v2, the same for every call: POST, UTF-8, XML, required fields, merchant, signature. What passes goes
 * to the call itself; what does not is answered unsigned on level one, as the service does. HTTP status is always 200.
 */
import type { SignatureCheck } from '../exchanges.ts'
import { accountOf, merchantOf, type Wechat } from '../wechat.ts'
import type { Merchant } from '../world.ts'
import { type FieldRules, fieldProblem } from './fields.ts'
import { checkV2, type SignType, signV2 } from './sign.ts'
import { readXml, writeXml } from './xml.ts'

export interface V2Call {
  rules: FieldRules
  /** Business fields of a yes, or a refusal on level two. */
  run(request: V2Request): Record<string, string | number> | V2Refusal
}

export interface V2Request {
  wechat: Wechat
  merchant: Merchant
  fields: Record<string, string>
  signType: SignType
}

export class V2Refusal {
  readonly code: string
  readonly text: string

  constructor(code: string, text: string) {
    this.code = code
    this.text = text
  }
}

export interface V2Answer {
  body: string
  refused?: string | undefined
  signature?: SignatureCheck | undefined
  outTradeNo?: string | undefined
}

export function answerV2(wechat: Wechat, call: V2Call, method: string, bytes: Uint8Array): V2Answer {
  if (method !== 'POST') return levelOne('请使用post方法')
  if (bytes.byteLength === 0) return levelOne('post数据为空')
  const text = utf8(bytes)
  if (text === undefined) return levelOne('编码格式错误')
  const fields = readXml(text)
  if (fields === undefined) return levelOne('XML格式错误')
  return { ...judge(wechat, call, fields), outTradeNo: fields['out_trade_no'] }
}

function judge(wechat: Wechat, call: V2Call, fields: Record<string, string>): V2Answer {
  const problem = fieldProblem(call.rules, fields)
  if (problem !== undefined) return levelOne(problem)
  const { appid = '', mch_id: mchid = '', sign = '', sign_type: typeName = 'MD5' } = fields
  if (typeName !== 'MD5' && typeName !== 'HMAC-SHA256') return levelOne('签名类型错误')
  if (accountOf(wechat, appid) === undefined) return levelOne('appid不存在')
  const merchant = merchantOf(wechat, mchid)
  // A made-up merchant number gets the same words as a wrong key (seen in a probe of the service).
  if (merchant === undefined) return levelOne('签名错误')
  const signature = checkV2(fields, sign, merchant.apiKey, typeName)
  if (!signature.valid) return { ...levelOne('签名错误'), signature }
  const result = merchant.appids.includes(appid)
    ? call.run({ wechat, merchant, fields, signType: typeName })
    : new V2Refusal('APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配')
  return { ...levelTwo(wechat, merchant, fields, typeName, result), signature }
}

function levelOne(text: string): V2Answer {
  return { body: writeXml({ return_code: 'FAIL', return_msg: text }), refused: text }
}

function levelTwo(
  wechat: Wechat,
  merchant: Merchant,
  request: Record<string, string>,
  signType: SignType,
  result: Record<string, string | number> | V2Refusal,
): V2Answer {
  const refused = result instanceof V2Refusal
  const fields: Record<string, string | number> = {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    result_code: refused ? 'FAIL' : 'SUCCESS',
    ...(refused ? { err_code_des: result.text, err_code: result.code } : {}),
    mch_id: merchant.mchid,
    appid: request['appid'] ?? '',
    ...(request['device_info'] === undefined ? {} : { device_info: request['device_info'] }),
    nonce_str: wechat.random.text(16),
    ...(refused ? {} : result),
  }
  const body = writeXml({ ...fields, sign: signV2(fields, merchant.apiKey, signType) })
  return refused ? { body, refused: `${result.code} ${result.text}` } : { body }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
