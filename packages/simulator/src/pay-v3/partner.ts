/** 服务商: a provider that asks in the name of its sub-merchants (特约商户). Source: API v3 partner docs, "错误码". */
import type { PaySide } from '../pay/state.ts'
import { merchantOf } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { invalidRequest, parameterError, refusal, type V3Refusal } from './refusal.ts'

export interface Relation {
  /** Who asks. */
  provider: Merchant
  /** In whose name; undefined for its own. */
  subMchid: string | undefined
  /** What it asks to do; nothing is needed to look. */
  permission?: keyof Merchant['permissions']
}

/** Why the provider may not ask for this sub-merchant; undefined when it may, or asks for itself. */
export function relationRefusal(
  side: PaySide,
  { provider, subMchid, permission }: Relation,
): V3Refusal | undefined {
  if (subMchid === undefined) return undefined
  if (subMchid === provider.mchid) return parameterError('子商户mchid不能与自身mchid相同', 268443705)
  const sub = merchantOf(side, subMchid)
  if (sub === undefined) return refusal(400, 'MCH_NOT_EXISTS', '商户号不存在')
  if (!provider.subMerchants.includes(subMchid)) return invalidRequest('受理关系不存在', 268443701)
  return permission === undefined || sub.permissions[permission]
    ? undefined
    : refusal(403, 'NO_AUTH', '特约子商户商户号未授权服务商的产品权限')
}
