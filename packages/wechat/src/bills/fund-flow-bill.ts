/**
 * The fund flow bill (资金账单) of a day, v2's or v3's: every movement of one of the merchant's accounts at WeChat. Source: API v2 docs,
 * "下载资金账单"; v3 docs, "申请资金账单".
 */
import type { Fen } from '../fen.ts'
import type { BillBytes } from './bytes.ts'
import { billCount, billFen } from './money.ts'
import { type BillKind, type BillReading, readBill } from './table.ts'

/** One line of a fund-flow bill (资金账单). */
export interface FundFlowBillRow {
  /** 记账时间, `yyyy-MM-dd HH:mm:ss` in Beijing. */
  time: string
  /** 微信支付业务单号: transaction_id of a payment, refund_id of a refund, the number of a withdrawal. */
  business_id: string
  /** 资金流水单号; not unique. */
  fund_flow_id: string
  /** 业务名称: 交易, 退款, 扣除交易手续费, 提现. */
  business_name: string
  /** 业务类型. */
  business_type: string
  /** 收支类型: 收入 or 支出. */
  direction: 'income' | 'expense'
  /** 收支金额; not negative, the direction tells the sign. */
  amount: Fen
  /** 账户结余 after it. */
  balance: Fen
  /** 资金变更提交申请人: `system`, an operator, or the merchant number and `API`. */
  applicant: string
  /** 备注. */
  remark: string
  /** 业务凭证号: out_trade_no or out_refund_no of trades. */
  voucher_no: string
}

/** 汇总. */
export interface FundFlowBillSummary {
  /** 资金流水总笔数. */
  count: number
  /** 收入笔数, 收入金额. */
  income_count: number
  income: Fen
  /** 支出笔数, 支出金额. */
  expense_count: number
  expense: Fen
}

/** Reads a fund flow bill, GZIP or not. Iterating throws `ProtocolError` as that of `readTradeBill` does. */
export function readFundFlowBill(bytes: BillBytes): BillReading<FundFlowBillRow, FundFlowBillSummary> {
  return readBill(bytes, { firstOfSummary: '资金流水总笔数', rowReader, summaryReader })
}

type Kind = BillKind<FundFlowBillRow, FundFlowBillSummary>

/** The brackets are full-width in older files. */
const rowReader: Kind['rowReader'] = ({ optional, required }) => {
  const time = required('记账时间')
  const businessId = required('微信支付业务单号')
  const fundFlowId = optional('资金流水单号')
  const businessName = optional('业务名称')
  const businessType = optional('业务类型')
  const direction = required('收支类型')
  const amount = required('收支金额(元)', '收支金额（元）')
  const balance = required('账户结余(元)', '账户结余（元）')
  const applicant = optional('资金变更提交申请人')
  const remark = optional('备注')
  const voucherNo = optional('业务凭证号')
  return (cells) => ({
    time: cells[time] ?? '',
    business_id: cells[businessId] ?? '',
    fund_flow_id: cells[fundFlowId] ?? '',
    business_name: cells[businessName] ?? '',
    business_type: cells[businessType] ?? '',
    direction: directionOf(cells[direction]),
    amount: billFen(cells[amount] ?? ''),
    balance: billFen(cells[balance] ?? ''),
    applicant: cells[applicant] ?? '',
    remark: cells[remark] ?? '',
    voucher_no: cells[voucherNo] ?? '',
  })
}

function directionOf(cell: string | undefined): FundFlowBillRow['direction'] {
  if (cell === '收入') return 'income'
  if (cell === '支出') return 'expense'
  throw new RangeError('an undocumented 收支类型')
}

const summaryReader: Kind['summaryReader'] = ({ required }) => {
  const count = required('资金流水总笔数')
  const incomeCount = required('收入笔数')
  const income = required('收入金额')
  const expenseCount = required('支出笔数')
  const expense = required('支出金额')
  return (cells) => ({
    count: billCount(cells[count] ?? ''),
    income_count: billCount(cells[incomeCount] ?? ''),
    income: billFen(cells[income] ?? ''),
    expense_count: billCount(cells[expenseCount] ?? ''),
    expense: billFen(cells[expense] ?? ''),
  })
}
