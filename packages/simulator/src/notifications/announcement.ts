/** What WeChat has to tell a merchant, and what would acknowledge it: the contract between the notifier and both versions of the API. */

export interface Announcement {
  url: string
  title: 'payment notification' | 'refund notification' | 'echo notification'
  /** Whom it is told to, by 商户号. */
  mchid?: string
  outTradeNo: string
  outRefundNo?: string
  /** How this message can go wrong; none unless told. */
  twists?: readonly NotificationTwist[]
  /** Asked before each delivery; v3 signs each one anew. */
  compose(twist?: NotificationTwist): ComposedNotification
  isAcknowledgement(answer: { status: number; body: string }): boolean
}

export interface ComposedNotification {
  headers: Record<string, string>
  body: string
}

/** How one delivery differs from the right one: the fault's name without `notification-`. */
export type NotificationTwist =
  | 'probe'
  | 'wrong-signature'
  | 'unknown-serial'
  | 'wrong-aad'
  | 'stale'
  | 'corrupted'
  /** Signed by WeChat's other key: the public key in the place of the platform certificate, or the other way round. */
  | 'key-switch'
