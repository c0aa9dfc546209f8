/** A world that brings a merchant's own certificate, so that a team's test keys keep working: on real ports, by both versions. */
import { once } from 'node:events'
import { request } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { connect as openTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RunningSimulator, startSimulator } from '../entry/server.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { readXml, writeXml } from '../pay-v2/xml.ts'
import { signature } from '../pay-v3/merchant-v3.fixture.ts'
import { defaultWorld, type Merchant, parseWorld } from '../world.ts'
import { type MerchantCertificate, merchantCertificate } from './certificates.ts'

/** Of another authority than the simulator's, and in another name than the merchant's number. */
const own = merchantCertificate({ seed: 'a team’s', mchid: 'test-key', name: '测试', startedAt: Date.now() })

async function started(pair: MerchantCertificate | null): Promise<RunningSimulator & { merchant: Merchant }> {
  const world = defaultWorld()
  const certificate = pair && { certificatePem: pair.certificatePem, privateKeyPem: pair.privateKeyPem }
  const described = { ...world, merchants: world.merchants.map((each) => ({ ...each, certificate })) }
  const running = await startSimulator({
    httpPort: 0,
    httpsPort: 0,
    world: parseWorld(JSON.parse(JSON.stringify(described))),
  })
  onTestFinished(() => running.close())
  const [merchant] = running.simulator.world().merchants
  if (merchant === undefined) throw new Error('the world lacks a merchant')
  return { ...running, caPem: running.caPem, merchant }
}

test('signs v3', async () => {
  const { httpUrl, merchant } = await started(own)
  const target = `/v3/pay/transactions/out-trade-no/T20261124001?mchid=${merchant.mchid}`
  const timestamp = String(Math.floor(Date.now() / 1000))
  const claim = {
    mchid: merchant.mchid,
    nonce_str: 'N',
    timestamp,
    serial_no: own.serial,
    signature: await signature(own.privateKeyPem, `GET\n${target}\n${timestamp}\nN\n\n`),
  }
  const pairs = Object.entries(claim).map(([name, value]) => `${name}="${value}"`)
  const authorization = `WECHATPAY2-SHA256-RSA2048 ${pairs.join(',')}`
  const headers = { authorization, accept: 'application/json', 'user-agent': 'shop/1.0' }
  const response = await fetch(httpUrl + target, { headers })
  expect([response.status, await response.json()]).toMatchObject([404, { code: 'ORDER_NOT_EXIST' }])
})

describe('in the TLS handshake of a v2 refund', () => {
  test('it is the merchant’s', async () => {
    const { httpsUrl, caPem, merchant } = await started(own)
    const fields = {
      appid: merchant.appids[0] ?? '',
      mch_id: merchant.mchid,
      nonce_str: 'n',
      out_trade_no: 'T20261124001',
      out_refund_no: 'R1',
      total_fee: '1',
      refund_fee: '1',
    }
    const body = writeXml({ ...fields, sign: signV2(fields, merchant.apiKey, 'MD5') })
    const asked = request(`${httpsUrl}/secapi/pay/refund`, {
      method: 'POST',
      ca: caPem,
      cert: own.certificatePem,
      key: own.privateKeyPem,
    }).end(body)
    const [response] = await once(asked, 'response')
    const answer = readXml(Buffer.concat(await response.toArray()).toString())
    expect(answer).toMatchObject({ return_code: 'SUCCESS', err_code: 'ORDERNOTEXIST' })
  })

  // Java presents a certificate only to those who name its issuer, or no issuer at all.
  test('no issuer is named as the only one that counts', async () => {
    const [usual, foreign] = [await started(null), await started(own)]
    expect((await namesSaid(usual)) - (await namesSaid(foreign))).toBe(1)
  })
})

/** How often the server names the simulator's authority in a handshake of TLS 1.2, which lets everybody read it. */
async function namesSaid({ httpsUrl, caPem: ca }: RunningSimulator): Promise<number> {
  let heard = Buffer.alloc(0)
  const relay = createServer((client) => {
    const upstream = connect(Number(new URL(httpsUrl).port), '127.0.0.1')
    client.pipe(upstream).on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk])
      client.write(chunk)
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void relay.close())
  await once(relay, 'listening')
  const { port } = relay.address() as AddressInfo
  const socket = openTls({ host: '127.0.0.1', port, servername: 'localhost', ca, maxVersion: 'TLSv1.2' })
  await once(socket, 'secureConnect')
  socket.destroy()
  return heard.toString('latin1').split('Shouyin simulator CA').length - 1
}
