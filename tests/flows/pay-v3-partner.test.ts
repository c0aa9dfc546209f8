/**
 * 服务商 and 合单 with the client alone, against the simulator on real ports, in each way in which WeChat signs: a service provider's
 * order for a sub-merchant, and one password for the orders of two merchants, each to its refund.
 */
import { fen } from '@shouyin/wechat'
import { expect, test } from 'vitest'
import { openStage } from '../witnesses/simulator.ts'
import { control, endpoint, merchantOf, news, type PlatformKeys, signedBy } from './merchant-v3.ts'

const PROFILES: readonly PlatformKeys[] = ['certificate', 'grey', 'public-key']
const SUB_MCHID = '1900000109'

interface World {
  merchants: { mchid: string; name: string; subMerchants: string[] }[]
}

/** A service provider (服务商) of one sub-merchant, with the client and its endpoint. */
async function openProvider(platformKeys: PlatformKeys) {
  const stage = await openStage()
  await signedBy(stage, platformKeys)
  const world = await control<World>(stage, 'world')
  const [provider] = world.merchants
  if (provider === undefined) throw new Error('a world without a merchant')
  const sub = { ...provider, mchid: SUB_MCHID, name: '茶事分店', issued: undefined, certificate: undefined }
  const merchants = [{ ...provider, subMerchants: [SUB_MCHID] }, sub]
  await control(stage, 'world', 'PUT', { ...world, merchants })
  const { url: notify_url, posted } = await endpoint()
  return { stage, pay: await merchantOf(stage), notify_url, posted }
}

test.each(PROFILES)(
  'a service provider orders, hears, asks and refunds for its sub-merchant, where WeChat signs by %s',
  async (platformKeys) => {
    const { stage, pay, notify_url, posted } = await openProvider(platformKeys)
    const order = { out_trade_no: 'PARTNER01', sub_mchid: SUB_MCHID }
    const asked = {
      ...order,
      sp_appid: stage.appid,
      description: '山间茶事 明前龙井',
      notify_url,
      amount: { total: fen(12_800) },
      payer: { sp_openid: stage.openid },
    }
    await pay.partner.prepay(asked)
    expect(await pay.partner.query(order)).toMatchObject({ trade_state: 'NOTPAY', sub_mchid: SUB_MCHID })
    await stage.pay('PARTNER01')
    expect(await news(pay, posted, 'partner_transaction')).toMatchObject({
      transaction: { out_trade_no: 'PARTNER01', sub_mchid: SUB_MCHID, payer: { sp_openid: stage.openid } },
    })
    expect(await pay.partner.query(order)).toMatchObject({
      trade_state: 'SUCCESS',
      amount: { total: 12_800 },
    })
    const refund = {
      ...order,
      out_refund_no: 'PARTNER01R1',
      amount: { refund: fen(12_800), total: fen(12_800), currency: 'CNY' },
    } as const
    await pay.refund(refund)
    await control(stage, 'clock', 'POST', { advanceSeconds: 120 })
    const { out_refund_no, sub_mchid } = refund
    expect(await pay.queryRefund({ out_refund_no, sub_mchid })).toMatchObject({ status: 'SUCCESS' })

    await pay.partner.prepay({ ...asked, out_trade_no: 'PARTNER02' })
    await pay.partner.close({ out_trade_no: 'PARTNER02', sub_mchid: SUB_MCHID })
    expect(await pay.partner.query({ ...order, out_trade_no: 'PARTNER02' })).toMatchObject({
      trade_state: 'CLOSED',
    })
  },
)

test.each(PROFILES)(
  'two merchants are paid with one password, and one of the orders is refunded, where WeChat signs by %s',
  async (platformKeys) => {
    const { stage, pay, notify_url, posted } = await openProvider(platformKeys)
    const part = (mchid: string, out_trade_no: string, total_amount: number) => ({
      mchid,
      out_trade_no,
      description: '明前龙井',
      attach: out_trade_no,
      amount: { total_amount: fen(total_amount), currency: 'CNY' } as const,
    })
    const combination = {
      combine_appid: stage.appid,
      sub_orders: [part(stage.mchid, 'COMBINE01A', 8800), part(SUB_MCHID, 'COMBINE01B', 1200)],
      combine_payer_info: { openid: stage.openid },
      notify_url,
    }
    const number = { combine_out_trade_no: 'COMBINE01' }
    await pay.combine.prepay({ ...combination, ...number })
    expect((await pay.combine.query(number)).sub_orders.map(({ trade_state }) => trade_state)).toEqual([
      ...['NOTPAY', 'NOTPAY'],
    ])
    await stage.pay('COMBINE01')
    expect(await news(pay, posted, 'combine_transaction')).toMatchObject({
      transaction: { ...number, sub_orders: [{ attach: 'COMBINE01A' }, { attach: 'COMBINE01B' }] },
    })
    const paid = await pay.combine.query(number)
    expect(paid.sub_orders).toMatchObject([
      { trade_state: 'SUCCESS', amount: { total_amount: 8800 } },
      { trade_state: 'SUCCESS', amount: { total_amount: 1200 } },
    ])
    const refund = { out_trade_no: 'COMBINE01A', out_refund_no: 'COMBINE01AR1' }
    await pay.refund({ ...refund, amount: { refund: fen(8800), total: fen(8800), currency: 'CNY' } })
    await control(stage, 'clock', 'POST', { advanceSeconds: 120 })
    expect(await pay.queryRefund({ out_refund_no: 'COMBINE01AR1' })).toMatchObject({ status: 'SUCCESS' })

    const unpaid = {
      ...combination,
      combine_out_trade_no: 'COMBINE02',
      sub_orders: [part(stage.mchid, 'COMBINE02A', 100), part(SUB_MCHID, 'COMBINE02B', 100)],
    }
    await pay.combine.prepay(unpaid)
    await pay.combine.close({
      combine_appid: stage.appid,
      combine_out_trade_no: 'COMBINE02',
      sub_orders: unpaid.sub_orders.map(({ mchid, out_trade_no }) => ({ mchid, out_trade_no })),
    })
    expect((await pay.combine.query({ combine_out_trade_no: 'COMBINE02' })).sub_orders).toMatchObject([
      ...[{ trade_state: 'CLOSED' }, { trade_state: 'CLOSED' }],
    ])
  },
)
