/** The file that says what became of a merchant's money, line by line. */
import { expect, test } from 'vitest'
import { aCoupon, type Books, openBooks } from './books.fixture.ts'
import { type FundsAccountType, fundFlowBill } from './fund-flow-bill.ts'
import { closeRefund } from './refund.ts'

const DAY = 24 * 3600
const HEADER =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号'
const SUMMARY_HEADER = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'

test('a payment, its fee and its refund are booked one after the other, with the balance after each', async () => {
  const books = openBooks(({ merchants: [merchant], users: [user] }) => {
    if (merchant) merchant.balanceFen = 10_000
    user?.coupons.push(aCoupon({ fen: 20 }))
  })
  const order = books.paid({ totalFen: 100 })
  const refund = books.accepted(order, 30)
  await books.advance(DAY)
  const { transactionId } = order.payment ?? {}
  expect(fileOf(books)).toBe(
    `\uFEFF${[
      HEADER,
      `\`2026-11-24 10:00:00,\`${transactionId},\`${transactionId},\`交易,\`交易,\`收入,\`1.00,\`101.00,\`system,\`结算总金额 1.00 元;含手续费 0.01 元,\`${order.outTradeNo}`,
      `\`2026-11-24 10:00:00,\`${transactionId},\`${transactionId},\`扣除交易手续费,\`扣除交易手续费,\`支出,\`0.01,\`100.99,\`system,\`,\`${order.outTradeNo}`,
      `\`2026-11-24 10:00:00,\`${refund.refundId},\`${transactionId},\`退款,\`退款,\`支出,\`0.30,\`100.69,\`${books.merchant.mchid}API,\`退款总金额0.30元;含手续费0.00元,\`${refund.outRefundNo}`,
      SUMMARY_HEADER,
      '`3,`1,`1.00,`2,`0.31',
      '',
    ].join('\r\n')}`,
  )
})

test('a closed refund comes back as income, without the fee that had come back', async () => {
  const books = openBooks()
  const refund = books.accepted(books.paid(), 5000)
  closeRefund(books.side, refund)
  await books.advance(DAY)
  const [, , out, back] = rows(books)
  expect(out?.slice(3, 8)).toEqual(['退款', '退款', '支出', '49.70', '49.70'])
  expect(back?.slice(3, 8)).toEqual(['退款退回', '退款退回', '收入', '49.70', '99.40'])
})

test('what a day begins with is what the days before left, and settling by night is no change', async () => {
  const books = openBooks()
  books.paid()
  await books.advance(DAY)
  books.paid()
  await books.advance(DAY)
  expect(rows(books, '2026-11-25').map((row) => row[7])).toEqual(['199.40', '198.80'])
})

test('the two other accounts are never used, and a quiet day has no file', async () => {
  const books = openBooks()
  books.paid()
  expect(bill(books).outcome).toBe('bad-date')
  await books.advance(DAY - 1)
  expect(bill(books).outcome).toBe('creating')
  await books.advance(1)
  expect(bill(books).outcome).toBe('file')
  expect([bill(books, '2026-11-24', 'OPERATION'), bill(books, '2026-11-24', 'FEES')]).toEqual([
    { outcome: 'none' },
    { outcome: 'none' },
  ])
  expect(bill(books, '2026-11-23').outcome).toBe('none')
})

test("under a service provider the money is the sub-merchant's", async () => {
  const books = openBooks(({ merchants }) => {
    if (merchants[0]) merchants.push({ ...merchants[0], mchid: '1900000009' })
  })
  books.paid({ mchid: '1900000009', subMchid: books.merchant.mchid })
  await books.advance(DAY)
  expect(rows(books)).toHaveLength(2)
  const other = fundFlowBill(books.side, { mchid: '1900000009', date: '2026-11-24', account: 'BASIC' })
  expect(other.outcome).toBe('none')
})

function bill(
  books: Books,
  date = '2026-11-24',
  account: FundsAccountType = 'BASIC',
): ReturnType<typeof fundFlowBill> {
  return fundFlowBill(books.side, { mchid: books.merchant.mchid, date, account })
}

function fileOf(books: Books, date?: string): string {
  const made = bill(books, date)
  if (made.outcome !== 'file') throw new Error(`no file: ${made.outcome}`)
  return made.text
}

function rows(books: Books, date?: string): string[][] {
  const lines = fileOf(books, date).split('\r\n').slice(1, -3)
  return lines.map((line) => line.split(',').map((cell) => cell.slice(1)))
}
