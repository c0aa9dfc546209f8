/**
 * Orders opened or come upon again, whoever asks for them: the merchant itself or a provider for it. Source: API v3 docs,
 * "JSAPI下单"; re-entry as most often observed, since the documents leave it open.
 */
import { isClosedUnseen, type NewOrder, openOrder, openPrepay, orderOf } from '../pay/order.ts'
import type { PayOrder, PaySide } from '../pay/state.ts'
import { merchantOf, userByOpenid } from '../simulation.ts'
import { worldMoment } from '../wire-clock.ts'
import { done, type V3Outcome } from './call.ts'
import { invalidRequest, parameterError, refusal, type V3Refusal } from './refusal.ts'

/** The prepay_id for what is asked, or why there is none. */
export function prepay(side: PaySide, asked: NewOrder): V3Outcome {
  const present = orderOf(side, asked)
  const why =
    present === undefined ? openingRefusal(side, asked) : reEntryRefusal(side, present, asked.firstRequest)
  return why ?? done({ prepay_id: openPrepay(side, present ?? openOrder(side, asked)) })
}

function openingRefusal(side: PaySide, asked: NewOrder): V3Refusal | undefined {
  if (isClosedUnseen(side, asked)) return closedRefusal(side)
  return (
    bindingRefusal(side, asked.mchid, asked.appid) ??
    (asked.subAppid === undefined ? undefined : bindingRefusal(side, asked.subMchid ?? '', asked.subAppid)) ??
    payerRefusal(side, asked)
  )
}

/** Of the number of a closed order, or one that was closed before there was any. */
export function closedRefusal({ world }: PaySide): V3Refusal {
  return world.behaviour.closedReentry === 'ORDER_CLOSED'
    ? refusal(400, 'ORDER_CLOSED', '订单已关闭', 268447914)
    : OTHER_PARAMETERS
}

const OTHER_PARAMETERS = invalidRequest('请求重入时，参数与首次请求时不一致', 268498688)

/** An appid is used by the merchants it is bound to. */
export function bindingRefusal(side: PaySide, mchid: string, appid: string): V3Refusal | undefined {
  return merchantOf(side, mchid)?.appids.includes(appid) === true
    ? undefined
    : refusal(400, 'APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配', 268445527)
}

type Payer = Pick<NewOrder, 'appid' | 'openid' | 'subAppid' | 'subOpenid'>

/** An openid is somebody only in the scope of the account that gave it; two openids are those of one payer. */
export function payerRefusal(side: PaySide, payer: Payer): V3Refusal | undefined {
  const { appid, openid, subAppid = '', subOpenid } = payer
  const named = [
    ...(openid === '' && subOpenid !== undefined ? [] : [{ appid, openid }]),
    ...(subOpenid === undefined ? [] : [{ appid: subAppid, openid: subOpenid }]),
  ]
  const payers = named.map((each) => userByOpenid(side, each.appid, each.openid))
  const stranger = named[payers.indexOf(undefined)]
  if (stranger === undefined)
    return new Set(payers).size === 1 ? undefined : parameterError('appid和openid不匹配')
  const isElsewhere = side.world.users.some(({ openids }) => Object.values(openids).includes(stranger.openid))
  return parameterError(isElsewhere ? 'appid和openid不匹配' : '无效的openid')
}

type Placed = Pick<PayOrder, 'state' | 'timeExpire' | 'firstRequest'>

/** What may be asked for again: an unpaid order in its time, with the parameters it was opened with. */
export function reEntryRefusal(
  side: PaySide,
  { state, timeExpire, firstRequest }: Placed,
  asked: string,
): V3Refusal | undefined {
  if (state === 'SUCCESS' || state === 'REFUND') return invalidRequest('该订单已支付', 268498689)
  if (state !== 'NOTPAY') return closedRefusal(side)
  if (timeExpire !== undefined && timeExpire <= side.schedule.now())
    return invalidRequest('该订单已失效', 268447914)
  if (firstRequest === asked) return undefined
  return side.world.behaviour.reentryRefusal === 'INVALID_REQUEST'
    ? OTHER_PARAMETERS
    : refusal(403, 'OUT_TRADE_NO_USED', '商户订单号重复', 268498688)
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600 * 1000

export interface AskedExpiry {
  mchid: string
  /** RFC 3339. */
  text: string | undefined
  mostDays: number
}

/** The last moment of payment: a minute ahead at least, so many days at most; anything else is moved there silently. */
export function expiry(side: PaySide, { mchid, text, mostDays }: AskedExpiry): number | undefined {
  if (text === undefined) return undefined
  const now = side.schedule.now()
  const at = worldMoment(side, mchid, Date.parse(text))
  return Math.min(Math.max(at, now + MINUTE_MS), now + mostDays * DAY_MS)
}
