/**
 * The whole life of a payment with libraries nobody here wrote, unmodified, each in a process of its own: prepay, pay, the
 * notification accepted by the library's own verifier, query, close, refund, its notification, the next day's bill.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openOutside } from './outside.ts'

const A_LIFE_MS = 30_000

test(
  'tenpay lives on Pay v2, its refund by a .p12 file over mutual TLS',
  async () => {
    const { live, mchid, openid } = await openOutside()
    // Without it Node ≥ 17 does not open the old .p12 that WeChat issues, here as there.
    const life = await live('tenpay.ts', { NODE_OPTIONS: '--openssl-legacy-provider' })
    expect(life).toMatchObject({
      parameters: { package: expect.stringMatching(/^prepay_id=wx\w{34}$/) },
      queried: { trade_state: 'SUCCESS', total_fee: '12800', openid },
      closed: { result_code: 'SUCCESS' },
      accepted: [
        { out_trade_no: 'TENPAY0001', total_fee: '12800', mch_id: mchid },
        { req_info: { out_refund_no: 'TENPAYR001', refund_status: 'SUCCESS', refund_fee: '2800' } },
      ],
      refunded: { out_refund_no: 'TENPAYR001', refund_fee: '2800', result_code: 'SUCCESS' },
      sameRefund: true,
      refundQueried: { refund_status_0: 'SUCCESS', refund_count: '1' },
      bill: {
        list_data: [
          expect.arrayContaining(['TENPAY0001', '128.00', '明前龙井\\  250 克']),
          expect.arrayContaining(['TENPAYR001', '28.00']),
        ],
        total_data: expect.arrayContaining(['2', '128.00', '28.00']),
      },
    })
    expect(flowOf(life['fundFlow'])).toEqual(['交易', '扣除交易手续费', '退款'])
  },
  A_LIFE_MS,
)

test(
  'wechatpay-axios-plugin lives on Pay v3, and sees and refunds the same order through v2',
  async () => {
    const { live } = await openOutside()
    const life = await live('wechatpay-axios-plugin.ts')
    expect(life).toMatchObject({
      queried: { trade_state: 'SUCCESS', amount: { total: 8800, payer_total: 8800 } },
      closed: 204,
      accepted: [
        { event_type: 'TRANSACTION.SUCCESS', out_trade_no: 'AXIOS00001', amount: { total: 8800 } },
        { event_type: 'REFUND.SUCCESS', out_refund_no: 'AXIOSR0001', refund_status: 'SUCCESS' },
      ],
      refunded: { status: 'PROCESSING', amount: { refund: 3000, total: 8800 } },
      refundQueried: { status: 'SUCCESS', user_received_account: '支付用户零钱' },
      queriedByV2: { trade_state: 'REFUND', out_trade_no: 'AXIOS00001' },
      refundedByV2: { out_refund_no: 'AXIOSR0002', refund_fee: '1000' },
      application: { hash_type: 'SHA1' },
    })
    const rows = String(life['bill']).split('\r\n')
    expect(rows).toHaveLength(1 + 3 + 2 + 1)
    expect(rows.at(-2)).toBe('`3,`88.00,`40.00,`0.00,`0.29000,`88.00,`40.00')
  },
  A_LIFE_MS,
)

test(
  'wechatpay-node-v3 lives at WeChat’s own addresses, and is told why in WeChat’s words',
  async () => {
    const { live } = await openOutside()
    const life = await live('wechatpay-node-v3.ts')
    expect(life).toMatchObject({
      prepaid: { status: 200, data: { signType: 'RSA' } },
      queried: { status: 200, data: { trade_state: 'SUCCESS', amount: { total: 6600 } } },
      closed: { status: 204 },
      accepted: [
        { event_type: 'TRANSACTION.SUCCESS', out_trade_no: 'NODEV30001' },
        { event_type: 'REFUND.SUCCESS', out_refund_no: 'NODEV3R001' },
      ],
      refunded: { status: 200, data: { status: 'PROCESSING' } },
      refundQueried: { status: 200, data: { status: 'SUCCESS' } },
      refused: { status: 400, error: expect.stringContaining('该订单已支付') },
      applied: { status: 200, data: { hash_type: 'SHA1' } },
      bill: expect.stringContaining('`NODEV3R001'),
      flowApplied: { status: 200 },
    })
  },
  A_LIFE_MS,
)

test(
  'node-easywechat signs in with node-socialite, configures the page and lives on Pay v3',
  async () => {
    const { live, openid, appid } = await openOutside()
    const life = await live('node-easywechat.ts')
    expect(life).toMatchObject({
      user: { id: openid, nickname: '小明' },
      configuration: { appId: appid, signature: expect.stringMatching(/^[0-9a-f]{40}$/) },
      queried: { trade_state: 'SUCCESS', amount: { total: 9900 } },
      closed: 204,
      accepted: [
        { event_type: 'TRANSACTION.SUCCESS', out_trade_no: 'EASYWX0001' },
        { event_type: 'REFUND.SUCCESS', out_refund_no: 'EASYWXR001' },
      ],
      refunded: { status: 'PROCESSING' },
      refundQueried: { status: 'SUCCESS' },
      bill: expect.stringContaining('`EASYWXR001'),
    })
  },
  A_LIFE_MS,
)

/** Where no such Python can be had the life is skipped, but never in CI. */
const isWithoutPython = process.env['PYTHON'] === '' && process.env['CI'] === undefined

describe('through the proxy, at WeChat’s own addresses', () => {
  test.skipIf(isWithoutPython)(
    'Python lives on Pay v3 with requests and cryptography',
    async () => {
      const { live, simulator, caFile } = await openOutside()
      const life = await live('python_client.py', {
        HTTPS_PROXY: simulator.httpUrl,
        REQUESTS_CA_BUNDLE: caFile,
        NO_PROXY: '127.0.0.1,localhost',
      })
      expect(life).toMatchObject({
        token: ['access_token', 'expires_in'],
        queried: { trade_state: 'SUCCESS', amount: { total: 5500 } },
        accepted: [
          { event_type: 'TRANSACTION.SUCCESS', out_trade_no: 'PYTHON0001' },
          { event_type: 'REFUND.SUCCESS', out_refund_no: 'PYTHONR001' },
        ],
        refunded: { status: 'PROCESSING' },
        refundQueried: { status: 'SUCCESS' },
        hashMatches: true,
        bill: expect.stringContaining('`PYTHONR001'),
      })
    },
    A_LIFE_MS,
  )

  test('curl asks for a token, and is refused a refund without the merchant’s certificate', async () => {
    const { simulator, caFile, appid, secret } = await openOutside()
    const curl = async (...parameters: string[]): Promise<string> => {
      const common = ['-sS', '--proxy', simulator.httpUrl, '--cacert', caFile]
      return (await promisify(execFile)('curl', [...common, ...parameters], { timeout: 10_000 })).stdout
    }
    const query = `grant_type=client_credential&appid=${appid}&secret=${secret}`
    const token = JSON.parse(await curl(`https://api.weixin.qq.com/cgi-bin/token?${query}`))
    expect(token).toMatchObject({ expires_in: 7200 })
    const refund = await curl('-d', '<xml></xml>', 'https://api.mch.weixin.qq.com/secapi/pay/refund')
    expect(refund).toContain('400 No required SSL certificate was sent')
  })
})

/** 业务名称, the fourth column. */
function flowOf(bill: unknown): string[] {
  const { list_data: rows } = bill as { list_data: string[][] }
  return rows.map((cells) => cells[3] ?? '')
}
