/** What the phone asks of the simulator that serves it: JSON on the same origin. */

import type { BridgeCall, PasswordAnswer, PasswordEntry, Sheet, Viewer } from '../bridge/bridge-host.ts'

export interface Account {
  appid: string
  name: string
  /** 服务号 or 订阅号. */
  kind: 'service' | 'subscription'
  menu: { name: string; url: string }[]
}

/** A way to pay. */
export interface PayMethod {
  /** `balance` (零钱), or the last digits of a bank card. */
  id: string
  name: string
  balanceFen: number
}

export interface Person {
  id: string
  nickname: string
  /** Appids. */
  follows: string[]
  /** Six digits; the demo's passwords are no secret. */
  payPassword: string
  /** 零钱. */
  balanceFen: number
  /** The balance first, then bank cards. */
  methods: PayMethod[]
  /** Coupons not yet spent. */
  coupons: { id: string; name: string; fen: number; minimumFen: number }[]
}

interface Notice {
  id: string
  userId: string
  appid: string
  accountName: string
  payee: string
  /** RFC 3339. */
  at: string
}

/** 微信支付凭证. Sums in fen. */
export interface PaymentReceipt extends Notice {
  kind: 'payment'
  /** What the payer gave. */
  cashFee: number
  totalFee: number
  /** One for each order that was paid. */
  bodies: string[]
  method: string
  transactionId: string
}

/** 退款到账通知. Sums in fen. */
export interface RefundReceipt extends Notice {
  kind: 'refund'
  refundFee: number
  body: string
  receivedAccount: string
  refundId: string
}

export type PaymentNotice = PaymentReceipt | RefundReceipt

export interface PhoneState {
  /** RFC 3339, simulated time. */
  now: string
  accounts: Account[]
  users: Person[]
  /** Of all users, oldest first. */
  notices: PaymentNotice[]
}

/** By kind. */
export type FaultMeanings = Record<string, { zh: string; en: string }>

export interface ArmedFault {
  id: number
  kind: string
  times: number
}

/** An order as the control API tells it, in WeChat's names. Sums in fen. */
export interface Order {
  mchid: string
  out_trade_no: string
  body: string
  total_fee: number
  openid: string
  trade_state: string
  prepay_ids: string[]
  transaction_id?: string
  created_at: string
}

export interface Refund {
  out_trade_no: string
  transaction_id?: string
  out_refund_no: string
  refund_id: string
  refund_fee: number
  refund_status: string
}

export type SimulatorApi = ReturnType<typeof simulatorApi>

/** `ask` is `fetch` towards the simulator. Every call throws an `Error` with its words when it refuses. */
export function simulatorApi(ask: (path: string, init: RequestInit) => Promise<Response>) {
  async function send<Answer>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answer> {
    const response = await ask(`/_simulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(refusal(answer) ?? `HTTP ${response.status}`)
    return answer as Answer
  }
  return {
    state: () => send<PhoneState>('GET', 'phone/state'),
    session: (viewer: Viewer) => send<object>('POST', 'phone/session', viewer),
    follow: (following: { userId: string; appid: string; follows: boolean }) =>
      send<object>('POST', 'phone/follow', following),
    /** The bridge's own answer to `preVerifyJSAPI`. */
    config: (call: BridgeCall) => send<Record<string, unknown>>('POST', 'phone/config', call),
    /** A sheet to show, or the dialog that WeChat shows in its place. */
    cashier: (call: BridgeCall) => send<{ sheet?: Sheet; dialog?: string }>('POST', 'phone/cashier', call),
    pay: (entry: PasswordEntry) => send<PasswordAnswer>('POST', 'phone/pay', entry),
    advance: (advanceSeconds: number) => send<{ now: string }>('POST', 'clock', { advanceSeconds }),
    orders: () => send<Order[]>('GET', 'orders'),
    refunds: () => send<Refund[]>('GET', 'refunds'),
    faults: () => send<ArmedFault[]>('GET', 'faults'),
    faultKinds: () => send<FaultMeanings>('GET', 'faults/kinds'),
    arm: (kind: string) => send<ArmedFault>('POST', 'faults', { kind }),
    disarm: () => send<ArmedFault[]>('DELETE', 'faults'),
    clearExchanges: () => send<unknown[]>('DELETE', 'exchanges'),
  }
}

function refusal(answer: unknown): string | undefined {
  const { error } = answer as { error?: { message?: string } }
  return error?.message
}
