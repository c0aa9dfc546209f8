/** A notification's way to the merchant, as one line for a terminal; its time is Beijing's, as in all that WeChat writes. */
import { z } from 'zod'
import { beijingSpaced } from '../beijing-time.ts'

export interface DeliveryLine {
  /** RFC 3339. */
  at: string
  /** `payment notification`. */
  title: string
  /** 商户订单号 or 商户退款单号. */
  number: string | undefined
  url: string
  /** HTTP status; undefined where nobody answered. */
  status: number | undefined
  /** Why it was not acknowledged; undefined when it was. */
  problem: string | undefined
}

export function deliveryLine({ at, title, number = '', url, status, problem }: DeliveryLine): string {
  const answer = status === undefined ? '' : ` ${status}`
  const outcome = problem === undefined ? '✓ 已应答 acknowledged' : `✗ ${problem}`
  return `${beijingSpaced(Date.parse(at)).slice(11)}  ${title} ${number} → ${url}${answer}  ${outcome}\n`
}

/** What `trigger`, `replay` and `notifications` tell of a notification. */
export const notificationShape: z.ZodType<Notification> = z.object({
  id: z.number(),
  title: z.string(),
  url: z.string(),
  out_trade_no: z.string().optional(),
  out_refund_no: z.string().optional(),
  state: z.string(),
  attempts: z.array(
    z.object({
      at: z.string(),
      url: z.string(),
      status: z.number().optional(),
      acknowledged: z.boolean(),
    }),
  ),
})

export interface Notification {
  id: number
  title: string
  url: string
  out_trade_no?: string | undefined
  out_refund_no?: string | undefined
  state: string
  attempts: { at: string; url: string; status?: number | undefined; acknowledged: boolean }[]
}

/** The line of its latest delivery, and whether that was acknowledged. */
export function latestDelivery(notification: Notification): { line: string; acknowledged: boolean } {
  const {
    title,
    out_trade_no: tradeNumber,
    out_refund_no: number = tradeNumber,
    attempts,
    id,
    state,
  } = notification
  const attempt = attempts.at(-1)
  if (attempt === undefined)
    return { line: `通知 ${id} 没有送出 / not delivered: ${state}\n`, acknowledged: false }
  const refused = attempt.status === undefined ? '没有应答 no answer' : '未正确应答 not acknowledged'
  const problem = attempt.acknowledged ? undefined : refused
  return {
    line: deliveryLine({ ...attempt, title, number, status: attempt.status, problem }),
    acknowledged: attempt.acknowledged,
  }
}
