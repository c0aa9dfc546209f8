/**
 * A merchant's whole life on Pay v2 with the client alone, against the simulator on real ports: the refund over mutual TLS with the
 * merchant's `.p12`, the notifications as they were posted, the bills of the next day.
 */
import { fen } from '@shouyin/wechat'
import { type BillReading, readFundFlowBill, readTradeBill } from '@shouyin/wechat/bills'
import { createCertificateFetch } from '@shouyin/wechat/node'
import {
  type BillFile,
  beijingTime,
  createPayV2,
  type PayV2,
  type Refund,
  type SignType,
} from '@shouyin/wechat/pay-v2'
import { expect, onTestFinished, test } from 'vitest'
import { openStage, type Stage } from '../witnesses/simulator.ts'

interface IssuedWorld {
  merchants: {
    mchid: string
    issued: { certificate: { p12Base64: string; privateKeyPem: string; certificatePem: string } }
  }[]
}

const DAY_SECONDS = 24 * 3600

async function control(stage: Stage, path: string, body?: object): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(`${stage.simulator.httpUrl}/_simulator/${path}`, init)
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

/** The client of the stage's merchant; its certificate is presented to the HTTPS port, which trusts nobody else's. */
async function merchantOf(stage: Stage, signType: SignType): Promise<PayV2> {
  const world = (await control(stage, 'world')) as IssuedWorld
  const merchant = world.merchants.find(({ mchid }) => mchid === stage.mchid)
  const certificateFetch = createCertificateFetch({
    mchid: stage.mchid,
    p12: merchant?.issued.certificate.p12Base64 ?? '',
    ca: stage.simulator.caPem,
  })
  onTestFinished(() => certificateFetch.close())
  const { mchid, apiKey, simulator } = stage
  return createPayV2({
    mchid,
    apiKey,
    signType,
    origin: simulator.httpsUrl,
    fetch: certificateFetch,
    certificateFetch,
  })
}

const order = (stage: Stage, outTradeNo: string) =>
  ({
    appid: stage.appid,
    body: '山间茶事 明前龙井',
    out_trade_no: outTradeNo,
    total_fee: fen(12_800),
    spbill_create_ip: '203.0.113.7',
    notify_url: stage.notifyUrl,
    trade_type: 'JSAPI',
    openid: stage.openid,
    attach: 'table=3',
  }) as const

test.each(['MD5', 'HMAC-SHA256'] as const)('from the order to the bills, with %s', async (signType) => {
  const stage = await openStage()
  const pay = await merchantOf(stage, signType)
  const { appid } = stage

  const { prepay_id } = await pay.unifiedorder(order(stage, 'LIFE0001'))
  expect(pay.paymentParameters({ appid, prepayId: prepay_id }).bridge.package).toBe(`prepay_id=${prepay_id}`)
  expect(await pay.orderquery({ appid, out_trade_no: 'LIFE0001' })).toMatchObject({ trade_state: 'NOTPAY' })
  await stage.pay('LIFE0001')
  const paid = pay.readNotification(stage.notifications[0] ?? '')
  expect(paid).toMatchObject({ out_trade_no: 'LIFE0001', total_fee: 12_800, attach: 'table=3' })
  expect(await pay.orderquery({ appid, transaction_id: paid.transaction_id })).toMatchObject({
    trade_state: 'SUCCESS',
  })

  const refund = {
    appid,
    out_trade_no: 'LIFE0001',
    out_refund_no: 'LIFE0001R1',
    total_fee: fen(12_800),
    refund_fee: fen(800),
  }
  const accepted = await pay.refund(refund)
  expect(accepted).toMatchObject({
    out_refund_no: 'LIFE0001R1',
    refund_fee: 800,
    transaction_id: paid.transaction_id,
  })
  expect(await pay.refund(refund)).toMatchObject({ refund_id: accepted.refund_id })
  await control(stage, 'clock', { advanceSeconds: 3600 })
  const refunded = await pay.refundquery({ appid, out_refund_no: 'LIFE0001R1' })
  expect(refunded.refunds).toMatchObject([
    { refund_id: accepted.refund_id, refund_status: 'SUCCESS', refund_fee: 800 },
  ])
  expect(await pay.orderquery({ appid, out_trade_no: 'LIFE0001' })).toMatchObject({ trade_state: 'REFUND' })

  await pay.unifiedorder(order(stage, 'LIFE0002'))
  await control(stage, 'clock', { advanceSeconds: 600 })
  await pay.closeorder({ appid, out_trade_no: 'LIFE0002' })
  expect(await pay.orderquery({ appid, out_trade_no: 'LIFE0002' })).toMatchObject({ trade_state: 'CLOSED' })

  const bill_date = paid.time_end.slice(0, 8)
  await control(stage, 'clock', { advanceSeconds: 4 * DAY_SECONDS })
  for (const tar_type of [{}, { tar_type: 'GZIP' } as const]) {
    const trades = await rowsOf(await pay.downloadbill({ appid, bill_date, ...tar_type }), readTradeBill)
    const payment = trades.find(({ trade_state }) => trade_state === 'SUCCESS')
    expect(payment).toMatchObject({
      transaction_id: paid.transaction_id,
      total_fee: 12_800,
      attach: 'table=3',
    })
    const flows = await rowsOf(
      await pay.downloadfundflow({ appid, bill_date, account_type: 'Basic', ...tar_type }),
      readFundFlowBill,
    )
    expect(flows.map(({ voucher_no }) => voucher_no)).toContain('LIFE0001')
  }
  const quiet = { appid, bill_date: twoDaysAfter(paid.time_end) }
  expect(await pay.downloadbill(quiet)).toEqual({ state: 'empty' })
})

test('a refund asked for with an address is announced there, closed with the key', async () => {
  const stage = await openStage()
  const pay = await merchantOf(stage, 'HMAC-SHA256')
  await pay.unifiedorder(order(stage, 'LIFE0003'))
  await stage.pay('LIFE0003')
  const { refund_id } = await pay.refund({
    appid: stage.appid,
    out_trade_no: 'LIFE0003',
    out_refund_no: 'LIFE0003R1',
    total_fee: fen(12_800),
    refund_fee: fen(12_800),
    notify_url: stage.notifyUrl,
  })
  await control(stage, 'clock', { advanceSeconds: 3600 })
  const body = stage.notifications.find((each) => each.includes('req_info')) ?? ''
  expect(pay.readRefundNotification(body)).toMatchObject({
    refund_id,
    out_refund_no: 'LIFE0003R1',
    refund_status: 'SUCCESS',
    refund_fee: 12_800,
  })
  expect(() => pay.readNotification(body)).toThrow('not signed with our key')
})

test.each([
  'answer-lost-before-effect',
  'answer-lost-after-effect',
  'system-error-before-effect',
  'system-error-after-effect',
  'bad-gateway-after-effect',
  'answer-garbage',
  'answer-truncated',
  'answer-wrong-signature',
])('a refund whose outcome %s leaves open is made once, under its own number', async (kind) => {
  const stage = await openStage()
  const pay = await merchantOf(stage, 'HMAC-SHA256')
  const { appid } = stage
  await pay.unifiedorder(order(stage, 'LIFE0006'))
  await stage.pay('LIFE0006')
  await control(stage, 'faults', { kind, times: 1, match: { path: '/secapi/pay/refund' } })
  const numbers = { out_trade_no: 'LIFE0006', out_refund_no: 'LIFE0006R1' }
  const refund = { appid, ...numbers, total_fee: fen(12_800), refund_fee: fen(12_800) }
  await expect(pay.refund(refund)).rejects.toMatchObject({ outcome: 'unknown', retryable: true })
  expect(await pay.refund(refund)).toMatchObject({ out_refund_no: 'LIFE0006R1' })
  const { refunds } = await pay.refundquery({ appid, out_trade_no: 'LIFE0006' })
  expect(refunds).toHaveLength(1)
})

test('more refunds than a page holds are walked through', async () => {
  const stage = await openStage()
  const pay = await merchantOf(stage, 'MD5')
  const { appid } = stage
  await pay.unifiedorder(order(stage, 'LIFE0004'))
  await stage.pay('LIFE0004')
  for (let number = 1; number <= 12; number += 1) {
    await control(stage, 'clock', { advanceSeconds: 120 })
    const numbers = { out_trade_no: 'LIFE0004', out_refund_no: `LIFE0004R${number}` }
    await pay.refund({ appid, ...numbers, total_fee: fen(12_800), refund_fee: fen(100) })
  }
  const found: Refund[] = []
  for await (const refund of pay.refundsOf({ appid, out_trade_no: 'LIFE0004' })) found.push(refund)
  expect(new Set(found.map(({ out_refund_no }) => out_refund_no)).size).toBe(12)
})

test('without the certificate the refund is not taken, and the error says why', async () => {
  const stage = await openStage()
  const pay = await merchantOf(stage, 'MD5')
  await pay.unifiedorder(order(stage, 'LIFE0005'))
  await stage.pay('LIFE0005')
  const { mchid, apiKey, simulator, appid } = stage
  const plain = createPayV2({ mchid, apiKey, origin: simulator.httpUrl, certificateFetch: fetch })
  const refused = plain.refund({
    appid,
    out_trade_no: 'LIFE0005',
    out_refund_no: 'LIFE0005R1',
    total_fee: fen(12_800),
    refund_fee: fen(1),
  })
  await expect(refused).rejects.toThrow('商户 API 证书没有出示')
})

/** `yyyyMMdd` in Beijing, two days after a time of WeChat's: by then all that was begun before midnight is over. */
function twoDaysAfter(time: string): string {
  const beijing = new Date(beijingTime(time) + 2 * DAY_SECONDS * 1000 + 8 * 3600 * 1000)
  return beijing.toISOString().slice(0, 10).replaceAll('-', '')
}

async function rowsOf<Row>(
  bill: BillFile,
  read: (bytes: AsyncIterable<Uint8Array>) => BillReading<Row, { count: number }>,
): Promise<Row[]> {
  if (bill.state !== 'file') throw new Error('there is no bill')
  const rows: Row[] = []
  const reading = read(bill.bytes)
  for await (const row of reading) rows.push(row)
  expect(reading.summary().count).toBe(rows.length)
  return rows
}
