/** The tables, as rows are read. Times are integer milliseconds since the epoch, money integer fen, yes and no 1 and 0. */

export interface Tables {
  orders: OrderRow
  attempts: AttemptRow
  events: EventRow
  receipts: ReceiptRow
  sign_ins: SignInRow
  migrations: MigrationRow
}

export interface OrderRow {
  order_id: string
  account: string
  reference: string
  description: string
  total_fen: number
  payer: string | null
  attach: string | null
  return_url: string | null
  state: string
  created_at: number
  expires_at: number
  paid_at: number | null
  paid_via: string | null
  transaction_id: string | null
  /** Of the attempt that paid, or of the latest one. */
  out_trade_no: string | null
  review_reason: string | null
  review_out_trade_no: string | null
  review_transaction_id: string | null
  review_total_fen: number | null
  review_payer: string | null
  /** How many attempts there have been; the latest has this number. */
  attempts: number
  /** Counted up by every write about the order or its attempts. */
  version: number
  leased_until: number
  /** When the sweep looks at the order next. */
  due_at: number | null
}

export interface AttemptRow {
  out_trade_no: string
  account: string
  order_id: string
  number: number
  state: string
  payer: string
  total_fen: number
  description: string
  attach: string | null
  client_address: string
  notify_url: string
  started_at: number
  payable_until: number
  prepay_id: string | null
  prepaid_at: number | null
  /** Null once nothing more is expected of WeChat. */
  next_query_at: number | null
  queried_at: number
  transaction_id: string | null
  paid_total_fen: number | null
  paid_payer: string | null
  paid_at: number | null
  paid_via: string | null
}

export interface EventRow {
  event_id: string
  account: string
  order_id: string
  type: string
  subject: string
  occurred_at: number
  review_reason: string | null
  review_out_trade_no: string | null
  review_transaction_id: string | null
  review_total_fen: number | null
  review_payer: string | null
  /** Null once delivered. */
  due_at: number | null
  tries: number
  delivered_at: number | null
}

export interface ReceiptRow {
  receipt_id: string
  account: string
  /** SHA-256 of the body, by which repetitions are known. */
  digest: string
  out_trade_no: string
  body: string
  outcome: string
  times: number
  first_received_at: number
  last_received_at: number
}

export interface SignInRow {
  state_hash: string
  account: string
  browser_hash: string
  return_to: string
  scope: string
  started_at: number
  expires_at: number
  /** Of the code that is being exchanged, or was. */
  code_hash: string | null
  leased_until: number
  finished_at: number | null
  openid: string | null
  unionid: string | null
  snapshot: number
}

export interface MigrationRow {
  number: number
  name: string
  applied_at: number
}
