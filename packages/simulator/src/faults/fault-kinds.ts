/** What can go wrong on purpose, in words for people: WeChat's answers, its notifications, refunds, its clock. */

export interface FaultMeaning {
  zh: string
  en: string
  /** The number it may be given, with the usual one. */
  takes?: Partial<Record<FaultNumber, number>>
}

export type AnswerFault =
  | 'answer-lost-before-effect'
  | 'answer-lost-after-effect'
  | 'answer-slow'
  | 'system-error-before-effect'
  | 'system-error-after-effect'
  | 'frequency-limited'
  | 'answer-refused'
  | 'bad-gateway-before-effect'
  | 'bad-gateway-after-effect'
  | 'service-unavailable'
  | 'answer-garbage'
  | 'answer-truncated'
  | 'answer-wrong-signature'
  | 'answer-probe'
  | 'answer-unknown-serial'
  | 'answer-stale'

export type NotificationFault =
  | 'notification-lost'
  | 'notification-doubled'
  | 'notification-parallel'
  | 'notification-late'
  | 'notification-out-of-order'
  | 'notification-repeated'
  | 'notification-probe'
  | 'notification-wrong-signature'
  | 'notification-unknown-serial'
  | 'notification-wrong-aad'
  | 'notification-stale'
  | 'notification-corrupted'
  | 'notification-key-switch'

export type OtherFault =
  | 'refund-abnormal'
  | 'refund-needs-retry'
  | 'refund-not-ready'
  | 'refund-too-many-invalid'
  | 'callback-doubled'
  | 'clock-skew'

export type FaultNumber = 'delaySeconds' | 'copies' | 'skewSeconds'

/** To what a merchant asked. */
const ANSWER_FAULTS: Readonly<Record<AnswerFault, FaultMeaning>> = {
  'answer-lost-before-effect': { zh: '请求丢失，没有生效', en: 'the connection ends; nothing took effect' },
  'answer-lost-after-effect': {
    zh: '已生效，应答丢失',
    en: 'the call takes effect, the connection ends without an answer',
  },
  'answer-slow': { zh: '已生效，应答迟到', en: 'the answer comes late', takes: { delaySeconds: 30 } },
  'system-error-before-effect': {
    zh: '系统错误，没有生效',
    en: 'SYSTEMERROR / 500 SYSTEM_ERROR / errcode -1; nothing took effect',
  },
  'system-error-after-effect': { zh: '系统错误，其实已生效', en: 'the same, and yet it took effect' },
  'frequency-limited': { zh: '频率限制', en: 'FREQUENCY_LIMITED / 429 / errcode 45011; nothing took effect' },
  'answer-refused': {
    zh: '拒绝：没有权限，或 code、text、status 所说的任何错误',
    en: 'a refusal for want of a permission, or whatever code, text and (v3) status say; nothing took effect',
  },
  'bad-gateway-before-effect': { zh: '502，没有生效', en: '502 of a proxy; nothing took effect' },
  'bad-gateway-after-effect': { zh: '502，其实已生效', en: '502 of a proxy, and yet it took effect' },
  'service-unavailable': { zh: '503，没有生效', en: '503 of a proxy; nothing took effect' },
  'answer-garbage': {
    zh: '已生效，应答变成代理的网页',
    en: 'it took effect; the answer is a page of some proxy',
  },
  'answer-truncated': { zh: '已生效，应答只有一半', en: 'it took effect; half of the answer arrives' },
  'answer-wrong-signature': { zh: '应答签名错误', en: 'the answer’s signature is wrong' },
  'answer-probe': { zh: 'v3 应答签名探测', en: 'v3: the answer’s signature is a probe, WECHATPAY/SIGNTEST/' },
  'answer-unknown-serial': {
    zh: 'v3 应答用未知的平台证书',
    en: 'v3: the answer is signed by a key that nobody has',
  },
  'answer-stale': { zh: 'v3 应答时间戳过旧', en: 'v3: the answer is signed ten minutes ago' },
}

/** To what WeChat tells a merchant. */
const NOTIFICATION_FAULTS: Readonly<Record<NotificationFault, FaultMeaning>> = {
  'notification-lost': {
    zh: '通知丢失，不重发',
    en: 'never leaves and is not repeated: only a query finds the payment',
  },
  'notification-doubled': { zh: '通知同时发两份', en: 'leaves twice at once' },
  'notification-parallel': {
    zh: '通知并发多份',
    en: 'several servers send it at once',
    takes: { copies: 3 },
  },
  'notification-late': { zh: '通知迟到', en: 'leaves late', takes: { delaySeconds: 60 } },
  'notification-out-of-order': {
    zh: '通知乱序：让后一条先到',
    en: 'waits for the merchant’s next notification to go first, but no longer than this',
    takes: { delaySeconds: 60 },
  },
  'notification-repeated': {
    zh: '应答后再次通知',
    en: 'comes again after it was acknowledged',
    takes: { delaySeconds: 60 },
  },
  'notification-probe': {
    zh: '先发签名探测，随后是真通知',
    en: 'a probe with a wrong signature, WECHATPAY/SIGNTEST/, goes ahead of it',
  },
  'notification-wrong-signature': { zh: '通知签名错误', en: 'its signature is wrong' },
  'notification-unknown-serial': { zh: 'v3 通知用未知的平台证书', en: 'v3: signed by a key that nobody has' },
  'notification-wrong-aad': {
    zh: 'v3 通知附加数据错误',
    en: 'v3: encrypted with other associated data than it says',
  },
  'notification-stale': { zh: 'v3 通知时间戳过旧', en: 'v3: signed ten minutes ago' },
  'notification-corrupted': { zh: '通知内容损坏', en: 'well signed and encrypted, but its contents are cut' },
  'notification-key-switch': {
    zh: 'v3 重发时换签名密钥',
    en: 'v3: repetitions are signed in turn by platform certificate and public key',
  },
}

const OTHER_FAULTS: Readonly<Record<OtherFault, FaultMeaning>> = {
  'refund-abnormal': { zh: '退款异常', en: 'a refund gets stuck at the payer’s bank' },
  'refund-needs-retry': { zh: 'v2 退款需要重试', en: 'v2: BIZERR_NEED_RETRY; nothing was taken' },
  'refund-not-ready': { zh: 'v2 订单处理中，暂不能退款', en: 'v2: ORDER_NOT_READY; nothing was taken' },
  'refund-too-many-invalid': { zh: 'v2 无效退款请求过多', en: 'v2: INVALID_REQ_TOO_MUCH; nothing was taken' },
  'callback-doubled': {
    zh: '授权回调两次，同一个 code',
    en: 'web authorization: the callback is opened twice with one code, as some clients do',
  },
  'clock-skew': {
    zh: '微信的时钟与商户不同',
    en: 'WeChat’s clock is ahead of the merchant’s for as long as it is armed',
    takes: { skewSeconds: 600 },
  },
}

/** What can go wrong on purpose. */
export type FaultKind = AnswerFault | NotificationFault | OtherFault

export const FAULT_KINDS: Readonly<Record<FaultKind, FaultMeaning>> = {
  ...ANSWER_FAULTS,
  ...NOTIFICATION_FAULTS,
  ...OTHER_FAULTS,
}
