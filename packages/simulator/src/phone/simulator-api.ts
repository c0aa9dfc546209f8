/** What the phone asks of the simulator that serves it: JSON on the same origin. */

import type { BridgeCall, Sheet, Viewer } from '../bridge/bridge-host.ts'

export interface Account {
  appid: string
  name: string
  menu: { name: string; url: string }[]
}

export interface Person {
  id: string
  nickname: string
  /** Appids. */
  follows: string[]
  balanceFen: number
}

/** 微信支付凭证: a payment made on this WeChat. */
export interface Receipt {
  userId: string
  appid: string
  accountName: string
  payee: string
  body: string
  /** In fen. */
  totalFee: number
  transactionId: string
  /** RFC 3339. */
  paidAt: string
}

export interface PhoneState {
  /** RFC 3339, simulated time. */
  now: string
  accounts: Account[]
  users: Person[]
  receipts: Receipt[]
}

export type FaultKind = 'notification-lost' | 'notification-doubled' | 'answer-lost-after-effect'

export interface ArmedFault {
  kind: FaultKind
  times: number
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
    /** The bridge's own answer to `preVerifyJSAPI`. */
    config: (call: BridgeCall) => send<Record<string, unknown>>('POST', 'phone/config', call),
    /** A sheet to show, or the dialog that WeChat shows in its place. */
    cashier: (call: BridgeCall) => send<{ sheet?: Sheet; dialog?: string }>('POST', 'phone/cashier', call),
    pay: (payment: { viewer: Viewer; prepayId: string; password: string }) =>
      send<{ paid?: true; problem?: string }>('POST', 'phone/pay', payment),
    /** Six digits by user id: the demo's passwords are no secret. */
    async payPasswords(): Promise<Map<string, string>> {
      const { users } = await send<{ users: { id: string; payPassword: string }[] }>('GET', 'world')
      return new Map(users.map(({ id, payPassword }) => [id, payPassword]))
    },
    advance: (advanceSeconds: number) => send<{ now: string }>('POST', 'clock', { advanceSeconds }),
    faults: () => send<ArmedFault[]>('GET', 'faults'),
    arm: (kind: FaultKind) => send<ArmedFault>('POST', 'faults', { kind }),
    disarm: () => send<ArmedFault[]>('DELETE', 'faults'),
    clearExchanges: () => send<unknown[]>('DELETE', 'exchanges'),
  }
}

function refusal(answer: unknown): string | undefined {
  const { error } = answer as { error?: { message?: string } }
  return error?.message
}
