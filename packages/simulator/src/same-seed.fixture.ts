/** A day in the life of a merchant, for those who compare what was said on two of them. */
import { openV3Scene } from './pay-v3/merchant-v3.fixture.ts'

const CALLBACK = 'https://shop.example.com/cb'

/** Everything that was said, by both versions of Pay and the account's API, with faults, retries, refunds and bills. */
export async function dayOfAMerchant(): Promise<string> {
  const scene = openV3Scene(({ merchants }) => {
    for (const merchant of merchants) Object.assign(merchant, { platformKeys: 'grey', greyShare: 0.5 })
  })
  const { account, control, v2, v3, simulator, order, merchant } = scene
  const query = `appid=${account.appid}&redirect_uri=${CALLBACK}&response_type=code&scope=snsapi_base`
  await scene.open(`https://open.weixin.qq.com/connect/oauth2/authorize?${query}&connect_redirect=1`)
  await scene.json(
    `https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=${account.appid}&secret=${account.secret}`,
  )
  await control('faults', { kind: 'notification-lost', probability: 0.3 })
  await control('faults', { kind: 'notification-probe', probability: 0.5 })
  await control('faults', { kind: 'answer-garbage', probability: 0.2, match: { path: '/pay/orderquery' } })
  for (const number of ['T20261124001', 'T20261124002', 'T20261124003']) {
    await v2('/pay/unifiedorder', order({ out_trade_no: number }))
    await control('pay', { out_trade_no: number })
    await v2('/pay/orderquery', { ...scene.credentials(), out_trade_no: number }).catch(() => ({}))
    await scene.v3Paid(`V${number}`)
    await simulator.advance(3600)
  }
  await v3('/v3/refund/domestic/refunds', {
    body: {
      out_trade_no: 'VT20261124001',
      out_refund_no: 'R1',
      notify_url: 'https://shop.example.com/refunded',
      amount: { refund: 800, total: 12_800, currency: 'CNY' },
    },
  })
  await v3('/v3/certificates')
  scene.acknowledge = () => new Response('busy', { status: 503 })
  await scene.v3Paid('VT20261124009')
  await simulator.advance(36 * 3600)
  await v3(`/v3/bill/tradebill?bill_date=2026-11-24`)
  const bill = { ...scene.credentials(), bill_date: '20261124', bill_type: 'ALL' }
  await v2('/pay/downloadbill', bill).catch(() => ({}))
  await control('trigger', {
    event: 'refund.success',
    version: 'v3',
    mchid: merchant.mchid,
    out_trade_no: 'ANY',
    url: CALLBACK,
  })
  return (await scene.send('http://localhost:9090/_simulator/exchanges')).text()
}
