/** The bills of WeChat Pay, v2's and v3's, as streams of typed rows. */
export { beijingTime } from '../beijing-time.ts'
export type { BillBytes } from './bytes.ts'
export { type FundFlowBillRow, type FundFlowBillSummary, readFundFlowBill } from './fund-flow-bill.ts'
export { type MilliFen, milliFenToYuan } from './money.ts'
export type { BillReading } from './table.ts'
export {
  readableText,
  readTradeBill,
  type TradeBillRow,
  type TradeBillSummary,
} from './trade-bill.ts'
