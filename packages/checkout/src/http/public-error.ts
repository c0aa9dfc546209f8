/** What a browser may know of an error: a code, a Chinese sentence for the payer, an English one for the developer. */
import { RefusedError } from '@shouyin/wechat'
import { StateError, type StateErrorCode } from '../errors.ts'
import type { PublicError, PublicErrorCode } from './contract.ts'

export type FaultStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 503

/** Thrown by routes; becomes the JSON of `PublicError` or a page that says the same. */
export class PublicFault extends Error {
  readonly code: PublicErrorCode
  readonly status: FaultStatus
  /** Chinese, for the payer. */
  readonly sentence: string

  constructor(
    code: PublicErrorCode,
    detail: string,
    options: { status?: FaultStatus; sentence?: string; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    const [status, sentence] = PUBLIC[code]
    this.name = 'PublicFault'
    this.code = code
    this.status = options.status ?? status
    this.sentence = options.sentence ?? sentence
  }

  public(requestId: string): PublicError['error'] {
    return { code: this.code, message: this.sentence, detail: this.message, requestId }
  }
}

/** Any error as what a browser may know of it; the cause stays for the log. */
export function publicFault(error: unknown): PublicFault {
  if (error instanceof PublicFault) return error
  if (!(error instanceof StateError))
    return new PublicFault('internal', 'unexpected; see the server log under this request id', {
      cause: error,
    })
  const code = STATE_CODES[error.code]
  if (code === 'order_not_found') return orderNotFound()
  const refusal = error.cause instanceof RefusedError ? ` (WeChat: ${error.cause.wechatCode})` : ''
  return new PublicFault(code, `${error.sentence.en}${refusal}`, {
    cause: error,
    ...(code === 'payment_refused' ? { sentence: error.sentence.zh } : {}),
  })
}

/** The same to the letter for an order of somebody else as for none at all, so that numbers are not worth guessing. */
export function orderNotFound(): PublicFault {
  return new PublicFault('order_not_found', 'no such order for this visitor')
}

const PUBLIC: Record<PublicErrorCode, readonly [FaultStatus, string]> = {
  sign_in_required: [401, '请先登录'],
  snapshot_visitor: [403, '请先点击右下角“使用完整服务”，再支付'],
  order_not_found: [404, '订单不存在，或不属于当前账号'],
  not_found: [404, '没有这个页面'],
  bad_request: [400, '请求有误，请刷新页面后重试'],
  foreign_url: [403, '当前页面不属于本站，无法使用微信功能'],
  payment_refused: [409, '微信支付拒绝了这笔支付'],
  try_again: [503, '暂时连不上微信，请稍后重试'],
  internal: [500, '系统开了小差，请稍后重试'],
}

const STATE_CODES: Record<StateErrorCode, PublicErrorCode> = {
  order_not_found: 'order_not_found',
  not_your_order: 'order_not_found',
  payment_refused: 'payment_refused',
  too_many_attempts: 'payment_refused',
  try_again: 'try_again',
  invalid_order: 'internal',
  order_conflict: 'internal',
  unknown_account: 'internal',
}
