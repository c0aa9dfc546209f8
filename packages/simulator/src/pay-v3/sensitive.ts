/** 敏感信息 in requests: encrypted with one of WeChat's keys, which `Wechatpay-Serial` names. Source: API v3 docs of the same name. */
import type { Caller } from './call.ts'
import { openSensitive } from './crypto.ts'
import { wechatKeyNamed } from './keys.ts'
import { parameterError, type V3Refusal } from './refusal.ts'

/** The hidden texts, in the order given, or why they cannot be read. By the path of each in the request. */
export function sensitiveTexts(
  { side, merchant, serial }: Caller,
  hidden: Record<string, string>,
): { texts: string[] } | { refusal: V3Refusal } {
  if (serial === undefined)
    return { refusal: parameterError('HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)') }
  const key = wechatKeyNamed(side, merchant, serial)
  if (key === undefined) return { refusal: parameterError('平台证书序列号Wechatpay-Serial错误') }
  const texts: string[] = []
  for (const [path, value] of Object.entries(hidden)) {
    const text = openSensitive(value, key.privateKey)
    if (text === undefined)
      return { refusal: parameterError(`输入源“${path}”解密失败，请使用Wechatpay-Serial对应的公钥加密`) }
    texts.push(text)
  }
  return { texts }
}

/** Why what is there of these cannot be read; undefined when it can, or nothing is there. */
export function sensitiveRefusal(
  caller: Caller,
  hidden: Record<string, string | undefined>,
): V3Refusal | undefined {
  const present = Object.entries(hidden).flatMap(([path, value]) =>
    value === undefined ? [] : [[path, value]],
  )
  if (present.length === 0) return undefined
  const read = sensitiveTexts(caller, Object.fromEntries(present))
  return 'refusal' in read ? read.refusal : undefined
}
