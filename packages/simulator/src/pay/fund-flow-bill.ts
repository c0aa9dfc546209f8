/**
 * 资金账单: every change of a merchant's money on one day, with the balance after each, as the ledger has it.
 * Source: docs of both versions, "申请资金账单"; rows as in a published file.
 */
import { beijingSpaced } from '../beijing-time.ts'
import { type Bill, type BillDay, billDay } from './bill-day.ts'
import { billText, sum, yuan } from './bill-text.ts'
import { availableAccount, type Entry, unsettledAccount } from './ledger.ts'
import type { PayOrder, PaySide, Refund } from './state.ts'

/** 基本账户, 运营账户, 手续费账户. Only the first is ever used here. */
export type FundsAccountType = 'BASIC' | 'OPERATION' | 'FEES'

export interface FundFlowBillRequest {
  /** Whose money it is: under a service provider, the sub-merchant. */
  mchid: string
  /** `yyyy-MM-dd`, in Beijing. */
  date: string
  account: FundsAccountType
  /** The first day there is a file of, `yyyy-MM-dd`; three months ago unless told. */
  earliest?: string
}

export function fundFlowBill(side: PaySide, { mchid, date, account, earliest }: FundFlowBillRequest): Bill {
  const day = billDay(side, date, earliest)
  if ('outcome' in day) return day
  const flows = account === 'BASIC' ? flowsOf(side, mchid, day) : []
  if (flows.length === 0) return { outcome: 'none' }
  const incoming = flows.filter(({ fen }) => fen > 0)
  const outgoing = flows.filter(({ fen }) => fen < 0)
  const text = billText({
    header: COLUMNS,
    rows: flows.map((flow) => row(mchid, flow)),
    summaryHeader: SUMMARY,
    summary: [
      String(flows.length),
      ...[incoming, outgoing].flatMap((some) => [
        String(some.length),
        yuan(Math.abs(sum(some.map(({ fen }) => fen)))),
      ]),
    ],
  })
  return { outcome: 'file', text }
}

const COLUMNS = [
  '记账时间',
  '微信支付业务单号',
  '资金流水单号',
  '业务名称',
  '业务类型',
  '收支类型',
  '收支金额(元)',
  '账户结余(元)',
  '资金变更提交申请人',
  '备注',
  '业务凭证号',
]
const SUMMARY = ['资金流水总笔数', '收入笔数', '收入金额', '支出笔数', '支出金额']

type FlowName = '交易' | '扣除交易手续费' | '退款' | '退款退回'

/** One line: what one act did to the account. */
interface Flow {
  at: number
  name: FlowName
  /** Above zero for income. */
  fen: number
  balanceFen: number
  order: PayOrder | undefined
  refund: Refund | undefined
}

/** Entries of one act are one line: coupons with the cash, the fee given back with the refund. */
const NAMES: Record<Entry['kind'], FlowName | undefined> = {
  payment: '交易',
  coupon: '交易',
  fee: '扣除交易手续费',
  refund: '退款',
  'coupon-back': '退款',
  'fee-back': '退款',
  'refund-returned': '退款退回',
  'refund-arrived': undefined,
  // From one part of the account to the other, and from before the first day.
  settlement: undefined,
  opening: undefined,
}

function flowsOf(side: PaySide, mchid: string, { from, until }: BillDay): Flow[] {
  const accounts = [unsettledAccount(mchid), availableAccount(mchid)]
  const flows: Flow[] = []
  let balanceFen = 0
  for (const entry of side.pay.ledger.entries) {
    const change = changeOf(entry, accounts)
    if (change === 0 || entry.at >= until) continue
    balanceFen += change
    if (entry.at >= from) append(flows, flowOf(side, entry, change, balanceFen))
  }
  return flows.filter(({ fen }) => fen !== 0)
}

function changeOf({ from, to, fen }: Entry, accounts: readonly string[]): number {
  return (accounts.includes(to) ? fen : 0) - (accounts.includes(from) ? fen : 0)
}

function flowOf({ pay }: PaySide, entry: Entry, fen: number, balanceFen: number): Flow | undefined {
  const name = NAMES[entry.kind]
  if (name === undefined) return undefined
  const refund = pay.refundIds.get(entry.refundId ?? '')
  const order = refund?.order ?? pay.transactions.get(entry.transactionId ?? '')
  return { at: entry.at, name, fen, balanceFen, order, refund }
}

function append(flows: Flow[], flow: Flow | undefined): void {
  const last = flows.at(-1)
  if (flow === undefined) return
  if (last?.name !== flow.name || last.order !== flow.order || last.refund !== flow.refund) flows.push(flow)
  else Object.assign(last, { fen: last.fen + flow.fen, balanceFen: flow.balanceFen })
}

function row(mchid: string, { at, name, fen, balanceFen, order, refund }: Flow): string[] {
  const transactionId = order?.payment?.transactionId ?? ''
  return [
    beijingSpaced(at),
    refund?.refundId ?? transactionId,
    transactionId,
    name,
    name,
    fen > 0 ? '收入' : '支出',
    yuan(Math.abs(fen)),
    yuan(balanceFen),
    name === '退款' ? `${mchid}API` : 'system',
    remark(name, order, refund),
    refund?.outRefundNo ?? order?.outTradeNo ?? '',
  ]
}

function remark(name: FlowName, order: PayOrder | undefined, refund: Refund | undefined): string {
  if (refund !== undefined)
    return `退款总金额${yuan(refund.settlementFen)}元;含手续费${yuan(refund.feeFen)}元`
  const payment = order?.payment
  if (payment === undefined || name !== '交易') return ''
  return `结算总金额 ${yuan(payment.settlementFen)} 元;含手续费 ${yuan(payment.feeFen)} 元`
}
