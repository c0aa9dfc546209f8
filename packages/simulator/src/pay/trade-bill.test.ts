/** The file a merchant's accountants fetch in the morning. */
import { describe, expect, test } from 'vitest'
import { aCoupon, type Books, openBooks } from './books.fixture.ts'
import { openCombinedOrder } from './order.ts'
import { pay } from './payment.ts'
import { closeRefund } from './refund.ts'
import { type TradeBillType, tradeBill } from './trade-bill.ts'

const HOUR = 3600
const DAY = 24 * HOUR
const HEADER =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const SUCCESS_HEADER =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注'
const REFUND_HEADER =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const SUMMARY_HEADER =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

describe('the file', () => {
  test('is, byte for byte, a payment with a recharge coupon and one of its refunds', async () => {
    const books = openBooks(({ users: [user] }) => user?.coupons.push(aCoupon({ fen: 20 })))
    const order = books.paid({ totalFen: 100, deviceInfo: 'WEB', attach: 'order=1' })
    await books.advance(8 * HOUR)
    const refund = books.accepted(order, 30)
    await books.advance(DAY)
    const { appid, mchid, outTradeNo, openid } = order
    const about = `\`${appid},\`${mchid},\`0,\`WEB,\`${order.payment?.transactionId},\`${outTradeNo},\`${openid},\`JSAPI`
    const payment = `\`2026-11-24 10:00:00,${about},\`SUCCESS,\`OTHERS,\`CNY,\`1.00,\`0.20,\`0,\`0,\`0.00,\`0.00,\`,\`,\`明前龙井,\`order=1,\`0.01000,\`0.60%,\`1.00,\`0.00,\``
    const refunded = `\`2026-11-24 18:00:00,${about},\`REFUND,\`OTHERS,\`CNY,\`0.00,\`0.00,\`${refund.refundId},\`${refund.outRefundNo},\`0.30,\`0.06,\`ORIGINAL,\`SUCCESS,\`明前龙井,\`order=1,\`0.00000,\`0.60%,\`0.00,\`0.30,\``
    const file = fileOf(books)
    const lines = file.split('\r\n')
    expect(file.startsWith('\uFEFF')).toBe(true)
    expect(lines[0]).toBe(`\uFEFF${HEADER}`)
    expect(lines.slice(1, 3).sort()).toEqual([payment, refunded])
    expect(lines.slice(3)).toEqual([SUMMARY_HEADER, '`2,`1.00,`0.30,`0.06,`0.01000,`1.00,`0.30', ''])
  })

  test('has the columns of its type', async () => {
    const books = openBooks()
    const refund = books.accepted(books.paid(), 30)
    await books.advance(2 * DAY)
    const [success, refunds] = [table(books, 'SUCCESS'), table(books, 'REFUND')]
    expect(success.header).toBe(SUCCESS_HEADER)
    expect(success.rows).toHaveLength(1)
    expect(success.summary).toBe('`1,`100.00,`0.00,`0.00,`0.60000,`100.00,`0.00')
    expect(refunds.header).toBe(REFUND_HEADER)
    expect(refunds.rows).toHaveLength(1)
    expect(refunds.rows[0]?.slice(14, 18)).toEqual([
      '2026-11-24 10:00:00',
      '2026-11-24 10:00:04',
      refund.refundId,
      refund.outRefundNo,
    ])
    expect(refunds.summary).toBe('`1,`0.00,`0.30,`0.00,`0.00000,`0.00,`0.30')
    expect(bill(books, 'RECHARGE_REFUND').outcome).toBe('none')
  })

  test('lets no comma and no line break of a merchant spoil a row', async () => {
    const books = openBooks()
    books.paid({ description: '茶叶,明前\r\n龙井', attach: 'a,b\nc' })
    await books.advance(2 * DAY)
    expect(table(books).rows[0]?.slice(20, 22)).toEqual(['茶叶\\ 明前\\n龙井', 'a\\ b\\nc'])
  })

  test('takes a non-recharge coupon off what is settled, and off what is given back', async () => {
    const books = openBooks(({ users: [user] }) =>
      user?.coupons.push(aCoupon({ kind: 'NO_CASH', fen: 1000 })),
    )
    books.accepted(books.paid(), 5000)
    await books.advance(2 * DAY)
    expect(table(books).summary).toBe('`2,`90.00,`45.00,`0.00,`0.27000,`100.00,`50.00')
  })

  test('tells an order paid by card from one paid by balance', async () => {
    const books = openBooks()
    books.paid({}, '0403')
    await books.advance(2 * DAY)
    expect(table(books).rows[0]?.[10]).toBe('CMB_DEBIT')
  })
})

describe('a refund', () => {
  test('is in the file of the day it was asked for, the payment in that of its own', async () => {
    const books = openBooks()
    const order = books.paid()
    await books.advance(DAY)
    books.accepted(order, 100)
    await books.advance(DAY)
    expect(table(books, 'ALL', '2026-11-24').rows.map((row) => row[9])).toEqual(['SUCCESS'])
    expect(table(books, 'ALL', '2026-11-25').rows.map((row) => row[9])).toEqual(['REFUND'])
  })

  test('keeps the state it had when the file was made, whatever became of it later', async () => {
    const books = openBooks(({ behaviour }) => {
      behaviour.refundSeconds.bankCard = 3 * DAY
    })
    const refund = books.accepted(books.paid({}, '0403'), 100)
    const state = (): string | undefined => table(books, 'REFUND').rows[0]?.[21]
    await books.advance(DAY)
    expect([refund.state, state()]).toEqual(['PROCESSING', 'PROCESSING'])
    await books.advance(3 * DAY)
    expect([refund.state, state()]).toEqual(['SUCCESS', 'PROCESSING'])
    expect(table(books, 'REFUND').rows[0]?.[15]).toBe('')
  })

  test('that got stuck is CHANGE, that was closed is FAIL', async () => {
    const books = openBooks()
    books.side.faults.arm({ kind: 'refund-abnormal', times: 2, match: {} })
    const [, closed] = [books.accepted(books.paid(), 100), books.accepted(books.paid(), 200)]
    await books.advance(60)
    closeRefund(books.side, closed)
    await books.advance(DAY)
    const states = table(books, 'REFUND').rows.map((row) => [row[18], row[21]])
    expect(states.sort()).toEqual([
      ['1.00', 'CHANGE'],
      ['2.00', 'FAIL'],
    ])
  })
})

describe('a bill is there', () => {
  test.each([
    ['2026-11-24', 'bad-date', 'today'],
    ['2026-11-25', 'bad-date', 'a day to come'],
    ['2026-08-23', 'bad-date', 'more than three months ago'],
    ['2026-08-24', 'none', 'three months ago'],
    ['2026-11-31', 'bad-date', 'no day'],
    ['20261123', 'bad-date', 'written otherwise'],
    ['', 'bad-date', 'missing'],
    ['2026-11-23', 'none', 'yesterday, when nothing happened'],
  ])('%s: %s, as it is %s', (date, outcome) => {
    expect(bill(openBooks(), 'ALL', date).outcome).toBe(outcome)
  })

  test('from ten in the morning of the next day', async () => {
    const books = openBooks()
    books.paid()
    await books.advance(DAY - 1)
    expect(bill(books).outcome).toBe('creating')
    await books.advance(1)
    expect(bill(books).outcome).toBe('file')
  })

  test('for three calendar months, also where the third has no such day', async () => {
    const books = openBooks()
    books.paid({}, '0403')
    await books.advance((30 + 31 + 31) * DAY)
    expect(bill(books).outcome).toBe('file')
    await books.advance(DAY)
    expect(bill(books).outcome).toBe('bad-date')
    await books.advance(95 * DAY)
    expect(new Date(books.side.schedule.now()).toISOString()).toBe('2027-05-31T02:00:00.000Z')
    expect(['2027-02-27', '2027-02-28'].map((date) => bill(books, 'ALL', date).outcome)).toEqual([
      'bad-date',
      'none',
    ])
  })

  test('of a merchant, of its service provider for all, and of none who had no part', async () => {
    const books = openBooks(({ merchants }) => {
      if (merchants[0]) merchants.push({ ...merchants[0], mchid: '1900000009' })
    })
    const provided = { mchid: '1900000009', subMchid: books.merchant.mchid }
    books.paid(provided)
    books.paid()
    await books.advance(DAY)
    const rows = (mchid: string, subMchid?: string): number | undefined => {
      const made = tradeBill(books.side, { mchid, subMchid, date: '2026-11-24', type: 'ALL' })
      return made.outcome === 'file' ? made.text.split('\r\n').length - 4 : undefined
    }
    expect([rows(books.merchant.mchid), rows('1900000009')]).toEqual([2, 1])
    expect([rows('1900000009', books.merchant.mchid), rows('1900000009', '1900000001')]).toEqual([
      1,
      undefined,
    ])
    expect(rows('1900000001')).toBeUndefined()
  })
})

test('combined orders are the sub-orders, each in the bill of its merchant', async () => {
  const books = openBooks(({ merchants }) => {
    if (merchants[0]) merchants.push({ ...merchants[0], mchid: '1900000009' })
  })
  const { side, payer, order } = books
  const about = order()
  const asked = { ...about, deviceId: '', outTradeNo: 'C1' }
  const parts = [books.merchant.mchid, '1900000009'].map((mchid, index) => ({
    ...about,
    mchid,
    outTradeNo: `S${index + 1}`,
    totalFen: 100 * (index + 1),
  }))
  const { orders } = openCombinedOrder(side, asked, parts)
  pay(side, { orders, userId: payer.id, result: 'ok' })
  await books.advance(DAY)
  const numbers = (mchid: string): unknown => {
    const made = tradeBill(side, { mchid, date: '2026-11-24', type: 'ALL' })
    return made.outcome === 'file' ? /`(S\d),.*`(\d+\.\d\d),`0\.00,`\r\n/.exec(made.text)?.slice(1) : made
  }
  expect(numbers(books.merchant.mchid)).toEqual(['S1', '1.00'])
  expect(numbers('1900000009')).toEqual(['S2', '2.00'])
})

function bill(books: Books, type: TradeBillType = 'ALL', date = '2026-11-24'): ReturnType<typeof tradeBill> {
  return tradeBill(books.side, { mchid: books.merchant.mchid, date, type })
}

function fileOf(books: Books, type: TradeBillType = 'ALL', date?: string): string {
  const made = bill(books, type, date)
  if (made.outcome !== 'file') throw new Error(`no file: ${made.outcome}`)
  return made.text
}

interface Table {
  header: string
  rows: string[][]
  summary: string
}

function table(books: Books, type?: TradeBillType, date?: string): Table {
  const lines = fileOf(books, type, date).slice(1).split('\r\n')
  const rows = lines.slice(1, -3).map((line) => line.split(',').map((cell) => cell.slice(1)))
  return { header: lines[0] ?? '', rows, summary: lines.at(-2) ?? '' }
}
