/**
 * A merchant's whole life on Pay v3 with the client alone, against the simulator on real ports, in each way in which WeChat signs: by
 * platform certificates, by both during the switch, by the public key.
 */
import { fen } from '@shouyin/wechat'
import { readFundFlowBill, readTradeBill } from '@shouyin/wechat/bills'
import { expect, test } from 'vitest'
import { openStage } from '../witnesses/simulator.ts'
import { control, endpoint, merchantOf, news, type PlatformKeys, signedBy } from './merchant-v3.ts'

const DAY_SECONDS = 24 * 3600

test.each<PlatformKeys>(['certificate', 'grey', 'public-key'])(
  'from the order to the bills, where WeChat signs by %s',
  async (platformKeys) => {
    const stage = await openStage()
    await signedBy(stage, platformKeys)
    const { url: notify_url, posted } = await endpoint()
    const pay = await merchantOf(stage)
    const { appid } = stage

    const { prepay_id } = await pay.prepay({
      appid,
      description: '山间茶事 明前龙井',
      out_trade_no: 'V3LIFE01',
      notify_url,
      attach: 'table=3',
      amount: { total: fen(12_800) },
      payer: { openid: stage.openid },
    })
    expect((await pay.paymentParameters({ appid, prepayId: prepay_id })).bridge.signType).toBe('RSA')
    expect(await pay.query({ out_trade_no: 'V3LIFE01' })).toMatchObject({ trade_state: 'NOTPAY' })
    await stage.pay('V3LIFE01')
    expect(await news(pay, posted, 'transaction')).toMatchObject({
      transaction: { out_trade_no: 'V3LIFE01', attach: 'table=3', amount: { total: 12_800 } },
    })
    const paid = await pay.query({ out_trade_no: 'V3LIFE01' })
    if (paid.trade_state !== 'SUCCESS') throw new Error('it was not paid')

    const numbers = { out_trade_no: 'V3LIFE01', out_refund_no: 'V3LIFE01R1', notify_url }
    const refund = { ...numbers, amount: { refund: fen(800), total: fen(12_800), currency: 'CNY' } } as const
    const { refund_id } = await pay.refund(refund)
    expect(await pay.refund(refund)).toMatchObject({ refund_id })
    // What was posted must be read within five minutes of its time.
    await control(stage, 'clock', 'POST', { advanceSeconds: 120 })
    expect(await pay.queryRefund({ out_refund_no: 'V3LIFE01R1' })).toMatchObject({
      refund_id,
      status: 'SUCCESS',
    })
    expect(await news(pay, posted.slice(-1), 'refund')).toMatchObject({
      refund: { refund_id, refund_status: 'SUCCESS' },
    })

    const bill_date = paid.success_time.slice(0, 10)
    await control(stage, 'clock', 'POST', { advanceSeconds: 4 * DAY_SECONDS })
    for (const tar_type of [{}, { tar_type: 'GZIP' } as const]) {
      const trades = await pay.tradeBill({ bill_date, ...tar_type })
      if (trades.state !== 'file') throw new Error('there is no bill')
      const states: string[] = []
      for await (const row of readTradeBill(pay.downloadBill(trades))) states.push(row.trade_state)
      expect(states).toContain('SUCCESS')
      const flows = await pay.fundFlowBill({ bill_date, ...tar_type })
      if (flows.state !== 'file') throw new Error('there is no bill')
      const vouchers: string[] = []
      for await (const row of readFundFlowBill(pay.downloadBill(flows))) vouchers.push(row.voucher_no)
      expect(vouchers).toContain('V3LIFE01')
    }
  },
)

test('a merchant who switches to the public key while orders are open loses none of them', async () => {
  const stage = await openStage()
  await signedBy(stage, 'grey')
  const { url: notify_url, posted } = await endpoint()
  const pay = await merchantOf(stage)
  const order = (out_trade_no: string) => ({
    appid: stage.appid,
    description: '山间茶事 明前龙井',
    out_trade_no,
    notify_url,
    amount: { total: fen(100) },
    payer: { openid: stage.openid },
  })
  const signers = new Set<unknown>()
  for (const [index, change] of CHANGES.entries()) {
    const out_trade_no = `V3SWITCH${index}`
    await pay.prepay(order(out_trade_no))
    await control(stage, `merchants/${stage.mchid}`, 'PATCH', change)
    await stage.pay(out_trade_no)
    expect(await news(pay, posted.slice(-1), 'transaction')).toMatchObject({ transaction: { out_trade_no } })
    expect(await pay.query({ out_trade_no })).toMatchObject({ trade_state: 'SUCCESS' })
    signers.add(posted.at(-1)?.headers['wechatpay-serial'])
  }
  expect(signers.size).toBe(2)
})

/** What WeChat does over a week: certificates only, then more and more notifications by the public key, then that alone. */
const CHANGES = [
  { platformKeys: 'certificate' },
  { platformKeys: 'grey', greyShare: 0 },
  { platformKeys: 'grey', greyShare: 1 },
  { platformKeys: 'public-key' },
]
