/** What merchants do wrong with refunds and bills of Pay v3. */
import { openV3Scene, type V3Change, type V3Scene, withSubMerchant } from '../pay-v3/merchant-v3.fixture.ts'
import { type Chapter, NUMBER, type Refusal, refusal } from './refusal.fixture.ts'
import { saidByV3 } from './v3-orders.fixture.ts'

const REFUNDS = '/v3/refund/domestic/refunds'
const DAY = 24 * 3600
const MISMATCH = '400 INVALID_REQUEST 订单金额或退款金额与之前请求不一致，请核实后再试'

type Step = (scene: V3Scene) => Promise<unknown>

export const v3Refunds: Chapter = {
  title: '付款 v3：退款 / Pay v3: refunds',
  form: 'status, `code`, `message`',
  refusals: [
    refund(
      '订单不存在',
      'an order nobody placed',
      { out_trade_no: 'T20261124999' },
      '404 RESOURCE_NOT_EXISTS 订单不存在',
    ),
    refund(
      '退款大于订单金额',
      'more than was paid',
      asked(12801),
      '400 INVALID_REQUEST refund_fee大于可退金额',
    ),
    refund('订单总金额写错', 'another total', asked(3000, 12900), MISMATCH),
    refund('同一退款单号，金额不同', 'the same number, another amount', asked(3001), MISMATCH, (scene) =>
      scene.v3(REFUNDS, { body: aRefund() }),
    ),
    refund(
      '订单已全部退款',
      'nothing is left',
      { ...asked(1), out_refund_no: 'R2' },
      '400 INVALID_REQUEST 订单已全额退款',
      (scene) => scene.v3(REFUNDS, { body: aRefund(asked(12800)) }),
    ),
    refund(
      '没有任何订单号',
      'no number of the order',
      { out_trade_no: undefined },
      '400 PARAM_ERROR 微信订单号和商户订单号必须二选一',
    ),
    refund(
      '商户余额不足',
      'more than the merchant has',
      { funds_account: 'AVAILABLE' },
      '403 NOT_ENOUGH 基本账户余额不足，请充值后重新发起',
    ),
    refund(
      '支付已超过一年',
      'a year after the payment',
      {},
      '403 TRADE_OVERDUE 订单已经超过退款期限',
      async ({ pass }) => pass(365 * DAY),
    ),
    refund(
      '没有退款权限',
      'a merchant that may not refund',
      {},
      '403 NO_AUTH 没有退款权限',
      async ({ merchant }) => {
        merchant.permissions.refund = false
      },
    ),
  ],
}

export const v3Bills: Chapter = {
  title: '付款 v3：账单 / Pay v3: bills',
  form: 'status, `code`, `message`',
  refusals: [
    bill(
      '账单还没有生成（十点以前）',
      'a bill that is not ready',
      '2026-11-24',
      '400 STATEMENT_CREATING 账单生成中',
      DAY - 1,
    ),
    bill('当天没有交易', 'a day without trades', '2026-11-20', '400 NO_STATEMENT_EXIST 请求的账单文件不存在'),
    bill('账单超过三个月', 'a bill too old', '2026-08-01', '400 INVALID_REQUEST'),
    bill('申请当天的账单', 'a bill of today', '2026-11-25', '400 INVALID_REQUEST'),
    link(
      '下载链接已过期',
      'a link after five minutes',
      '400 INVALID_REQUEST 下载链接过期，请重新请求文件下载',
      async ({ pass }) => {
        pass(300)
        return {}
      },
    ),
    link('用别的商户下载', "another merchant's download", '403 NO_AUTH', async ({ world }) => {
      const [, merchant] = world.merchants
      return merchant === undefined ? {} : { merchant }
    }),
  ],
}

function aRefund(change: object = {}): object {
  return { out_trade_no: NUMBER, out_refund_no: 'R1', ...asked(3000), ...change }
}

function asked(refunded: number, total = 12800): object {
  return { amount: { refund: refunded, total, currency: 'CNY' } }
}

function refund(
  zh: string,
  en: string,
  change: object,
  words: string,
  before: Step = async () => undefined,
): Refusal {
  return refusal(zh, en, words, async () => {
    const scene = openV3Scene()
    await scene.v3Paid()
    await before(scene)
    return saidByV3(await scene.v3(REFUNDS, { body: aRefund(change) }), words)
  })
}

function bill(zh: string, en: string, date: string, words: string, seconds: number = DAY): Refusal {
  return refusal(zh, en, words, async () => {
    const scene = openV3Scene()
    await scene.v3Paid()
    scene.pass(seconds)
    return saidByV3(await scene.v3(`/v3/bill/tradebill?bill_date=${date}`), words)
  })
}

function link(zh: string, en: string, words: string, before: (scene: V3Scene) => Promise<V3Change>): Refusal {
  return refusal(zh, en, words, async () => {
    const scene = openV3Scene(withSubMerchant)
    await scene.v3Paid()
    scene.pass(DAY)
    const { json } = await scene.v3('/v3/bill/tradebill?bill_date=2026-11-24')
    const change = await before(scene)
    return saidByV3(await scene.v3(String(json['download_url']), change), words)
  })
}
