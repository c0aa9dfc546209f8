/** What happens on the pay sheet: who may pay, with what, and who has the money afterwards. */
import { describe, expect, test } from 'vitest'
import type { World } from '../world.ts'
import { aCoupon, type Books, openBooks } from './books.fixture.ts'
import { balanceAccount, balanceOf, COUPON_FUNDS, cardAccount, FEES, unsettledAccount } from './ledger.ts'
import { closeOrder, openCombinedOrder } from './order.ts'
import { cashFen, obstacle, pay, payMethods } from './payment.ts'
import type { CombinedOrder, PayOrder } from './state.ts'

describe('the money', () => {
  test("leaves the payer's balance; the merchant has it without the fee", () => {
    const { side, merchant, payer, paid, told } = openBooks()
    const order = paid()
    expect(order).toMatchObject({
      state: 'SUCCESS',
      payment: {
        transactionId: expect.stringMatching(/^42000\d{5}20261124\d{10}$/),
        bankType: 'OTHERS',
        payerAccountName: '支付用户零钱',
        coupons: [],
        cashFen: 10_000,
        settlementFen: 10_000,
        feeFen: 60,
      },
    })
    const balance = (account: string): number => balanceOf(side.pay.ledger, account)
    expect(balance(balanceAccount(payer.id))).toBe(90_000)
    expect(balance(unsettledAccount(merchant.mchid))).toBe(9940)
    expect(balance(FEES)).toBe(60)
    expect(told).toEqual([`${order.outTradeNo} SUCCESS`])
  })

  test('leaves the bank card that was chosen', () => {
    const { side, payer, paid } = openBooks()
    const { payment } = paid({}, '0403')
    expect(payment).toMatchObject({ bankType: 'CMB_DEBIT', payerAccountName: '招商银行储蓄卡0403' })
    expect(balanceOf(side.pay.ledger, cardAccount(payer.id, '0403'))).toBe(990_000)
  })

  test('stays where it is when the payer closes the sheet or the payment fails', () => {
    const { side, payer, order, told } = openBooks()
    const asked = order()
    for (const result of ['cancel', 'fail'] as const) pay(side, { orders: [asked], userId: payer.id, result })
    expect([asked.state, told]).toEqual(['NOTPAY', []])
  })

  test('is offered from every purse of the payer', () => {
    const { side, payer } = openBooks()
    expect(payMethods(side, payer.id)).toEqual([
      { id: 'balance', name: '零钱', balanceFen: 100_000 },
      { id: '0403', name: '招商银行储蓄卡(0403)', balanceFen: 1_000_000 },
    ])
    expect(payMethods(side, 'nobody')).toEqual([{ id: 'balance', name: '零钱', balanceFen: 0 }])
  })
})

describe('a payment is refused', () => {
  test.each<[string, (books: Books) => PayOrder, string]>([
    ['of what is paid already', (books) => books.paid(), '该订单已支付'],
    ['of what is closed', (books) => closed(books.order()), '该订单已关闭'],
    [
      'after its time',
      ({ order, side }) => order({ timeExpire: side.schedule.now() }),
      '订单已超时，请重新发起支付',
    ],
    [
      'by another than its payer',
      ({ order }) => order({ openid: 'oAnother' }),
      '下单账号与支付账号不一致，请核实后再支付',
    ],
    ['of more than there is', ({ order }) => order({ totalFen: 100_001 }), '余额不足'],
  ])('%s', (_what, orderOf, text) => {
    const books = openBooks()
    const asked = orderOf(books)
    const { side, payer } = books
    expect(() => pay(side, { orders: [asked], userId: payer.id, result: 'ok' })).toThrow(text)
  })

  test('by credit card where the merchant takes none', () => {
    const { side, payer, order } = openBooks(withCard('CREDIT'))
    const asked = order({ limitPay: ['no_credit'] })
    const request = { orders: [asked], userId: payer.id, result: 'ok', method: '9999' } as const
    expect(() => pay(side, request)).toThrow('该商户不支持使用信用卡支付')
    pay(side, { ...request, orders: [order()] })
    const debit = openBooks(withCard('DEBIT'))
    pay(debit.side, {
      ...request,
      orders: [debit.order({ limitPay: ['no_credit'] })],
      userId: debit.payer.id,
    })
  })

  test.each([
    ['no_balance', 'balance', '该商户不支持使用零钱支付'],
    ['no_debit', '0403', '该商户不支持使用储蓄卡支付'],
    ['balance_only', '0403', '该商户不支持使用储蓄卡支付'],
    ['balance_only', '9999', '该商户不支持使用信用卡支付'],
  ])('where the merchant says %s, by %s', (limit, method, words) => {
    const { paid } = openBooks(withCard('CREDIT'))
    expect(() => paid({ limitPay: [limit] }, method)).toThrow(words)
    const allowed = method === 'balance' ? '0403' : 'balance'
    expect(paid({ limitPay: [limit] }, allowed).state).toBe('SUCCESS')
  })

  test('with a card that the payer does not have', () => {
    const { paid } = openBooks()
    expect(() => paid({}, '1111')).toThrow('支付方式不可用')
  })
})

describe('a coupon', () => {
  const withCoupons =
    (...coupons: Parameters<typeof aCoupon>[0][]) =>
    ({ users: [user] }: World): void =>
      void user?.coupons.push(...coupons.map(aCoupon))

  test('of the recharge kind is paid to the merchant in the payer’s place', () => {
    const { side, merchant, payer, paid } = openBooks(withCoupons({ fen: 500 }))
    const { payment } = paid()
    expect(payment).toMatchObject({ cashFen: 9500, settlementFen: 10_000, feeFen: 60 })
    expect(balanceOf(side.pay.ledger, COUPON_FUNDS)).toBe(-500)
    expect(balanceOf(side.pay.ledger, balanceAccount(payer.id))).toBe(90_500)
    expect(balanceOf(side.pay.ledger, unsettledAccount(merchant.mchid))).toBe(9940)
  })

  test('of the other kind is what the merchant gets less, and pays no fee for', () => {
    const { side, merchant, paid } = openBooks(withCoupons({ kind: 'NO_CASH', fen: 1000 }))
    const { payment } = paid()
    expect(payment).toMatchObject({ cashFen: 9000, settlementFen: 9000, feeFen: 54 })
    expect(balanceOf(side.pay.ledger, unsettledAccount(merchant.mchid))).toBe(8946)
  })

  test('is spent once', () => {
    const { paid } = openBooks(withCoupons({ id: '1' }, { id: '2' }))
    expect(paid().payment?.coupons.map(({ id }) => id)).toEqual(['1', '2'])
    expect(paid().payment?.coupons).toEqual([])
  })

  test.each<[string, Parameters<typeof aCoupon>[0], number]>([
    ["is of another merchant's", { mchid: '1900000000' }, 10_000],
    ['wants a larger order', { minimumFen: 10_001 }, 10_000],
    ['wants a mark the order does not bear', { goodsTag: 'WXG' }, 10_000],
    ['would leave nothing to pay', { fen: 500 }, 500],
  ])('is kept when it %s', (_why, coupon, totalFen) => {
    const { paid } = openBooks(withCoupons(coupon))
    expect(paid({ totalFen }).payment?.coupons).toEqual([])
  })

  test('is told on the sheet before it is spent', () => {
    const { side, payer, order } = openBooks(withCoupons({ goodsTag: 'WXG' }))
    expect(cashFen(side, [order(), order({ goodsTag: 'WXG' })], payer.id)).toBe(19_500)
  })
})

describe('combined orders', () => {
  test('are paid by one act', () => {
    const books = openBooks()
    const { side, payer, told } = books
    const { orders } = combined(books, [1000, 2000])
    pay(side, { orders, userId: payer.id, result: 'ok' })
    expect(told).toEqual(['S1 SUCCESS', 'S2 SUCCESS'])
    expect(new Set(orders.map(({ payment }) => payment?.transactionId)).size).toBe(2)
    expect(balanceOf(side.pay.ledger, balanceAccount(payer.id))).toBe(97_000)
  })

  test('are paid all or none: the sum has to be there', () => {
    const books = openBooks()
    const { side, payer, told } = books
    const { orders } = combined(books, [60_000, 60_000])
    expect(() => pay(side, { orders, userId: payer.id, result: 'ok' })).toThrow('余额不足')
    expect(orders.map(({ state }) => state)).toEqual(['NOTPAY', 'NOTPAY'])
    expect(balanceOf(side.pay.ledger, balanceAccount(payer.id))).toBe(100_000)
    expect(told).toEqual([])
  })

  test('are paid all or none: one that is closed keeps the others', () => {
    const books = openBooks()
    const { orders } = combined(books, [1000, 2000])
    closed(orders[1])
    expect(obstacle(books.side, orders, books.payer.id)).toBe('该订单已关闭')
  })

  function combined({ side, merchant, order }: Books, totals: number[]): CombinedOrder {
    const about = order()
    const parts = totals.map((totalFen, index) => ({ ...about, outTradeNo: `S${index + 1}`, totalFen }))
    const asked = {
      appid: about.appid,
      mchid: merchant.mchid,
      outTradeNo: 'C1',
      openid: about.openid,
      notifyUrl: about.notifyUrl,
      deviceId: '',
      timeExpire: undefined,
      firstRequest: '',
    }
    return openCombinedOrder(side, asked, parts)
  }
})

function closed(order: PayOrder | undefined): PayOrder {
  if (order === undefined) throw new Error('no order to close')
  closeOrder(order)
  return order
}

function withCard(kind: 'DEBIT' | 'CREDIT') {
  return ({ users: [user] }: World): void =>
    void user?.bankCards.push({ bank: 'ICBC', name: '工商银行', kind, tail: '9999', balanceFen: 50_000 })
}
