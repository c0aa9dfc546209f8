/** 下载交易账单 and 下载资金账单 as a merchant's server meets them in the morning. */
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'
import type { World } from '../world.ts'

const DAY = 24 * 3600
const MARK = '\uFEFF'

/** Ten in the morning of the day after a payment. */
async function nextMorning(change?: (world: World) => void): Promise<MerchantScene> {
  const scene = openScene(change)
  await scene.paid()
  scene.pass(DAY)
  return scene
}

describe('the trade bill', () => {
  const fields = ({ credentials }: MerchantScene, change: Record<string, string> = {}) => ({
    ...credentials(),
    bill_date: '20261124',
    bill_type: 'ALL',
    ...change,
  })

  test.each(['MD5', 'HMAC-SHA256'])('is the file and nothing else, asked for with %s', async (sign_type) => {
    const scene = await nextMorning()
    const file = (await scene.v2File('/pay/downloadbill', fields(scene, { sign_type }))).toString()
    expect(file.startsWith(`${MARK}交易时间,公众账号ID,`)).toBe(true)
    expect(file.endsWith('\r\n`1,`128.00,`0.00,`0.00,`0.77000,`128.00,`0.00\r\n')).toBe(true)
  })

  test('is ALL unless asked otherwise, and the same bytes under gzip', async () => {
    const scene = await nextMorning()
    const plain = await scene.v2File('/pay/downloadbill', fields(scene, { bill_type: '' }))
    const packed = await scene.v2File('/pay/downloadbill', fields(scene, { tar_type: 'GZIP' }))
    expect(gunzipSync(packed)).toEqual(plain)
    const [exchange] = ((await scene.control('exchanges')) as { response: { body: string } }[]).slice(-1)
    expect(exchange?.response.body).toBe(plain.toString())
  })

  test.each([
    [{ bill_date: '20261123' }, '20002', 'No Bill Exist'],
    [{ bill_type: 'REFUND' }, '20002', 'No Bill Exist'],
    [{ bill_type: 'RECHARGE_REFUND' }, '20002', 'No Bill Exist'],
    [{ bill_date: '20261125' }, '20001', 'invalid bill_date'],
    [{ bill_date: '2026-11-24' }, '20001', 'invalid bill_date'],
    [{ bill_date: '20260101' }, '20001', 'invalid bill_date'],
    [{ bill_type: 'all' }, '20001', 'invalid bill_type'],
    [{ tar_type: 'ZIP' }, '20001', 'invalid tar_type, Only GZIP supported'],
    [{ bill_date: '' }, '20001', 'missing parameter'],
    [{ nonce_str: 'n'.repeat(33) }, '20001', 'nonce_str too long'],
    [{ sign_type: 'RSA' }, '20001', 'invalid parameter'],
    [{ mch_id: 'x' }, '20001', 'invalid parameter'],
    [{ appid: 'wx0000000000000000' }, '20001', 'invalid appid'],
    [{ sign: 'A'.repeat(32) }, '20001', 'sign error'],
    [{ mch_id: '1900000000' }, '20001', 'sign error'],
  ])('with %o is XML with error_code %s', async (change, error_code, return_msg) => {
    const scene = await nextMorning()
    expect(await scene.v2('/pay/downloadbill', fields(scene, change))).toEqual({
      return_code: 'FAIL',
      return_msg,
      error_code,
    })
  })

  test.each([
    ['GET', undefined, 'require POST method'],
    ['POST', '', 'empty post data'],
    ['POST', '{}', 'data format error'],
    ['POST', new Uint8Array([0x3c, 0xff]), 'data format error'],
  ])('%s of %o is not understood', async (method, body, text) => {
    const init = body === undefined ? { method } : { method, body }
    const response = await openScene().send('https://api.mch.weixin.qq.com/pay/downloadbill', init)
    expect(await response.text()).toContain(`<return_msg><![CDATA[${text}]]></return_msg>`)
  })

  test('is not there before ten', async () => {
    const scene = openScene()
    await scene.paid()
    scene.pass(DAY - 1)
    const reply = await scene.v2('/pay/downloadbill', fields(scene))
    expect(reply).toEqual({ return_code: 'FAIL', return_msg: 'Bill Creating', error_code: '20002' })
  })
})

describe('the fund-flow bill', () => {
  const fields = ({ credentials }: MerchantScene, change: Record<string, string> = {}) => ({
    ...credentials(),
    sign_type: 'HMAC-SHA256',
    bill_date: '20261124',
    account_type: 'Basic',
    ...change,
  })

  test('is the file, plain or packed', async () => {
    const scene = await nextMorning()
    const plain = await scene.v2File('/pay/downloadfundflow', fields(scene))
    const packed = await scene.v2File('/pay/downloadfundflow', fields(scene, { tar_type: 'GZIP' }))
    expect(plain.toString().startsWith(`${MARK}记账时间,微信支付业务单号,`)).toBe(true)
    expect(plain.toString().endsWith('\r\n`2,`1,`128.00,`1,`0.77\r\n')).toBe(true)
    expect(gunzipSync(packed)).toEqual(plain)
  })

  test.each([
    [{ bill_date: '20261123' }, 'NO_BILL_EXIST', '账单不存在'],
    [{ account_type: 'Fees' }, 'NO_BILL_EXIST', '账单不存在'],
    [{ account_type: 'Operation' }, 'NO_BILL_EXIST', '账单不存在'],
    [{ bill_date: '20261125' }, 'PARAM_ERROR', '参数错误'],
    [{ account_type: 'BASIC' }, 'PARAM_ERROR', '参数错误'],
    [{ tar_type: 'ZIP' }, 'PARAM_ERROR', '参数错误'],
  ])('with %o is %s', async (change, err_code, err_code_des) => {
    const scene = await nextMorning()
    expect(await scene.v2('/pay/downloadfundflow', fields(scene, change))).toEqual({
      return_code: 'SUCCESS',
      return_msg: 'OK',
      result_code: 'FAIL',
      err_code,
      err_code_des,
    })
  })

  test('is signed with HMAC-SHA256 or not at all', async () => {
    const scene = await nextMorning()
    const reply = await scene.v2('/pay/downloadfundflow', fields(scene, { sign_type: 'MD5' }))
    expect(reply).toEqual({ return_code: 'FAIL', return_msg: '签名错误' })
  })

  test('is not there before ten', async () => {
    const scene = openScene()
    await scene.paid()
    scene.pass(DAY - 1)
    const reply = await scene.v2('/pay/downloadfundflow', fields(scene))
    expect(reply).toMatchObject({ err_code: 'BILL_CREATING' })
  })

  test('goes back to June of 2017, unlike every other', async () => {
    const scene = await nextMorning()
    scene.pass(200 * DAY)
    const file = (await scene.v2File('/pay/downloadfundflow', fields(scene))).toString()
    expect(file.startsWith(`${MARK}记账时间,`)).toBe(true)
    const first = await scene.v2('/pay/downloadfundflow', fields(scene, { bill_date: '20170601' }))
    expect(first).toMatchObject({ err_code: 'NO_BILL_EXIST' })
    const before = await scene.v2('/pay/downloadfundflow', fields(scene, { bill_date: '20170531' }))
    expect(before).toMatchObject({ err_code: 'PARAM_ERROR' })
  })

  test("needs the merchant's own certificate", async () => {
    const { v2, withCertificate, ...scene } = await nextMorning()
    const asked = fields({ v2, withCertificate, ...scene })
    expect(await v2('/pay/downloadfundflow', asked, withCertificate('1600000009'))).toMatchObject({
      err_code: 'CERT_ERROR',
    })
    expect(await v2('/pay/downloadfundflow', asked, {})).toEqual({})
  })
})
