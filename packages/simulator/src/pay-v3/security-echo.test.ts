/** The self-test of all keys: what was hidden for WeChat comes back hidden for the merchant. */
import { expect, test } from 'vitest'
import { certificateOf, hiddenFor, openV3Scene, publicKeysFor, revealed } from './merchant-v3.fixture.ts'

const ECHO = '/v3/security/echo'

test('each of WeChat’s keys opens what was encrypted with it, and the merchant’s own opens the answer', async () => {
  const scene = openV3Scene()
  const [serial = ''] = publicKeysFor(scene.merchant.mchid).keys()
  const body = {
    echo_message: 'hello',
    encrypted_echo_message: await hiddenFor(scene.merchant.mchid, serial, '山间茶事'),
    notify_url: 'https://shop.example.com/echo',
  }
  const reply = await scene.v3(ECHO, { body, headers: { 'wechatpay-serial': serial } })
  expect(reply.json['echo_message']).toBe('hello')
  const { privateKeyPem } = certificateOf(scene.merchant)
  expect(await revealed(privateKeyPem, String(reply.json['encrypted_echo_message']))).toBe('山间茶事')
  const { envelope, resource } = await scene.newest()
  expect(envelope).toMatchObject({
    event_type: 'SECURITY_ECHO.SUCCESS',
    summary: '回调通知成功',
    resource: { original_type: 'security' },
  })
  expect(resource).toEqual({ echo_message: 'hello' })
})

test.each([
  [undefined, 'HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)'],
  ['0000000000000000000000000000000000000000', '平台证书序列号Wechatpay-Serial错误'],
])('with the serial %s', async (serial, message) => {
  const scene = openV3Scene()
  const body = { echo_message: 'hello' }
  const reply = await scene.v3(ECHO, { body, headers: { 'wechatpay-serial': serial } })
  expect([reply.status, reply.json]).toEqual([400, { code: 'PARAM_ERROR', message }])
})

test('what was encrypted with another key', async () => {
  const scene = openV3Scene()
  const [serial = '', other = ''] = publicKeysFor(scene.merchant.mchid).keys()
  const hidden = await hiddenFor(scene.merchant.mchid, other, '山间茶事')
  const body = { echo_message: 'hello', encrypted_echo_message: hidden }
  const reply = await scene.v3(ECHO, { body, headers: { 'wechatpay-serial': serial } })
  expect([reply.status, reply.json['code']]).toEqual([400, 'PARAM_ERROR'])
})
