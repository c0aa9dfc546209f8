/** The front of Pay v3: what is refused before any business, in which order and in which words. */
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../exchanges.ts'
import { START } from '../merchant.fixture.ts'
import {
  certificateOf,
  openV3Scene,
  type V3Change,
  type V3Reply,
  type V3Scene,
} from './merchant-v3.fixture.ts'

const JSAPI = '/v3/pay/transactions/jsapi'
const REFUNDS = '/v3/refund/domestic/refunds'

/** Status and body of a refusal; that it is unsigned is checked for each. */
async function refusal(
  target: string,
  change: V3Change | ((scene: V3Scene) => V3Change) = {},
): Promise<{ reply: V3Reply; scene: V3Scene }> {
  const scene = openV3Scene()
  const reply = await scene.v3(target, typeof change === 'function' ? change(scene) : change)
  expect([...reply.headers.keys()].filter((name) => name.startsWith('wechatpay-'))).toEqual([])
  return { reply, scene }
}

describe('paths and methods', () => {
  test('a path that does not exist has nothing to say, and no Request-ID', async () => {
    const { reply } = await refusal('/v3/pay/transactions/jsap')
    expect([reply.status, reply.text, reply.headers.get('request-id')]).toEqual([404, '', null])
  })

  test.each([
    ['GET', JSAPI],
    ['POST', '/v3/pay/transactions/id/4200000001'],
    ['PUT', JSAPI],
    ['DELETE', '/v3/pay/transactions/out-trade-no/T1/close'],
  ])('%s on %s is the wrong method, before anybody asks who it is', async (method, target) => {
    const { reply } = await refusal(target, { method, headers: { authorization: undefined } })
    expect([reply.status, reply.text]).toEqual([405, ''])
  })
})

describe('headers', () => {
  test.each([
    ['accept', undefined],
    ['user-agent', undefined],
    ['user-agent', ''],
  ])('%s is missed on refunds before the signature is looked at, also when it is %j', async (name, value) => {
    const { reply } = await refusal(REFUNDS, {
      body: {},
      headers: { [name]: value, authorization: undefined },
    })
    expect([reply.status, reply.text]).toEqual([
      400,
      '{"code":"INVALID_REQUEST","message":"Http头缺少Accept或User-Agent"}',
    ])
    expect(reply.headers.get('request-id')).toMatch(/^[0-9A-F]{40}-268435461$/)
  })

  test('orders do without either', async () => {
    const scene = openV3Scene()
    const headers = { accept: undefined, 'user-agent': undefined }
    expect((await scene.v3(JSAPI, { body: scene.v3Order(), headers })).status).toBe(200)
  })
})

describe('Authorization', () => {
  const broken = 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》'
  test.each<[string, string, string | undefined, string]>([
    ['is missing on refunds', REFUNDS, undefined, broken],
    ['is missing on orders', JSAPI, undefined, '签名信息错误，验签失败'],
    ['is of another scheme on refunds', REFUNDS, 'Bearer abc', 'HTTP头Authorization认证类型不正确'],
    ['is of another scheme on orders', JSAPI, 'Bearer abc', '签名信息错误，验签失败'],
    [
      'lacks the serial',
      REFUNDS,
      'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="1",signature="s"',
      broken,
    ],
    [
      'says something twice',
      REFUNDS,
      'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="1",nonce_str="n",timestamp="1",serial_no="s",signature="s"',
      broken,
    ],
    [
      'has no quotes',
      REFUNDS,
      'WECHATPAY2-SHA256-RSA2048 mchid=1,nonce_str=n,timestamp=1,serial_no=s,signature=s',
      broken,
    ],
  ])('%s', async (_what, target, authorization, message) => {
    const { reply } = await refusal(target, { body: {}, headers: { authorization } })
    expect([reply.status, reply.json]).toEqual([401, { code: 'SIGN_ERROR', message }])
    // Seen: 401 replies of orders have no Request-ID.
    expect(reply.headers.has('request-id')).toBe(target === REFUNDS)
  })

  test('the pairs come in any order', async () => {
    const scene = openV3Scene()
    const reply = await scene.v3(JSAPI, { body: scene.v3Order(), reversed: true })
    expect(reply.status).toBe(200)
  })

  test.each([-301, 301])('a timestamp %i seconds off is refused before the signature', async (seconds) => {
    const { reply } = await refusal(JSAPI, (scene) => ({
      body: scene.v3Order(),
      signed: { timestamp: String(Math.floor(scene.simulator.now() / 1000) + seconds) },
      claim: { signature: 'AAAA' },
    }))
    expect(reply.json).toEqual({
      code: 'SIGN_ERROR',
      message: 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟',
    })
  })

  test.each([-300, 300])('%i seconds off still pass', async (seconds) => {
    const scene = openV3Scene()
    const timestamp = String(Math.floor(scene.simulator.now() / 1000) + seconds)
    expect((await scene.v3(JSAPI, { body: scene.v3Order(), signed: { timestamp } })).status).toBe(200)
  })

  test('a serial that is not the merchant’s', async () => {
    const { reply } = await refusal(JSAPI, (scene) => ({
      body: scene.v3Order(),
      claim: { serial_no: '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB' },
    }))
    expect(reply.json).toEqual({
      code: 'SIGN_ERROR',
      message: '商户证书序列号有误。请使用签名私钥匹配的证书序列号',
    })
  })

  test('a merchant who does not exist gets the words of a wrong signature, without detail', async () => {
    const { reply } = await refusal(JSAPI, (scene) => ({
      body: scene.v3Order(),
      claim: { mchid: '1900007291' },
    }))
    expect(reply.json).toEqual({ code: 'SIGN_ERROR', message: '签名错误' })
  })

  test('a wrong signature is told what message the service built, with eight characters of the body', async () => {
    const { reply, scene } = await refusal(JSAPI, (opened) => ({
      body: opened.v3Order(),
      signed: { body: '{}' },
    }))
    const timestamp = Math.floor(scene.simulator.now() / 1000)
    const head = `POST\n${JSAPI}\n${timestamp}\n593BEC0C930BF1AFEB40B4A08C8FB242\n`
    const length = Buffer.byteLength(`${head}${JSON.stringify(scene.v3Order())}\n`)
    expect(reply.text).toBe(
      JSON.stringify({
        code: 'SIGN_ERROR',
        detail: {
          detail: { issue: 'sign not match' },
          field: 'signature',
          location: 'authorization',
          sign_information: {
            method: 'POST',
            sign_message_length: length,
            truncated_sign_message: `${head}{"appid"\n`,
            url: JSAPI,
          },
        },
        message: '签名错误',
      }),
    )
  })

  test('what is no base64 is no signature', async () => {
    const { reply } = await refusal(JSAPI, (scene) => ({
      body: scene.v3Order(),
      claim: { signature: 'WECHATPAY/SIGNTEST/%%%' },
    }))
    expect([reply.status, reply.json['message']]).toEqual([401, '签名错误'])
  })

  test('the bytes of the body count, whatever a parser would make of them', async () => {
    const scene = openV3Scene()
    const order = `${JSON.stringify(scene.v3Order(), null, 2).replace('山', '\\u5c71')}\n`
    expect((await scene.v3(JSAPI, { body: order })).status).toBe(200)
  })

  test('the path is signed as it was sent', async () => {
    const scene = openV3Scene()
    await scene.v3(JSAPI, { body: scene.v3Order({ out_trade_no: 'T2026|1124*1' }) })
    const { mchid } = scene.merchant
    for (const number of ['T2026|1124*1', 'T2026%7C1124*1']) {
      const reply = await scene.v3(`/v3/pay/transactions/out-trade-no/${number}?mchid=${mchid}`)
      expect(reply.json['out_trade_no']).toBe('T2026|1124*1')
    }
  })

  test('a request sent twice, nonce and all, is answered twice', async () => {
    const scene = openV3Scene()
    const replies = [
      await scene.v3(JSAPI, { body: scene.v3Order() }),
      await scene.v3(JSAPI, { body: scene.v3Order() }),
    ]
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('the inspector shows what was signed instead', () => {
  const timestamp = String(START / 1000)
  const nonce = '593BEC0C930BF1AFEB40B4A08C8FB242'
  const query = '/v3/pay/transactions/out-trade-no/T20261124001?mchid='

  test.each<[string, (scene: V3Scene) => { target: string; change: V3Change; signedText: string }]>([
    [
      'the query left out',
      ({ merchant }) => ({
        target: query + merchant.mchid,
        change: { signed: { target: query.replace('?mchid=', '') } },
        signedText: `GET\n${query.replace('?mchid=', '')}\n${timestamp}\n${nonce}\n\n`,
      }),
    ],
    [
      'the body written anew',
      (scene) => ({
        target: JSAPI,
        change: {
          body: JSON.stringify(scene.v3Order(), null, 2),
          signed: { body: JSON.stringify(scene.v3Order()) },
        },
        signedText: `POST\n${JSAPI}\n${timestamp}\n${nonce}\n${JSON.stringify(scene.v3Order())}\n`,
      }),
    ],
    [
      'the body as Python writes it',
      () => ({
        target: JSAPI,
        change: {
          body: '{"a":{"b":"茶"},"c":[1,2]}',
          signed: { body: '{"a": {"b": "\\u8336"}, "c": [1, 2]}' },
        },
        signedText: `POST\n${JSAPI}\n${timestamp}\n${nonce}\n{"a": {"b": "\\u8336"}, "c": [1, 2]}\n`,
      }),
    ],
    [
      'no line feed at the end',
      () => ({
        target: JSAPI,
        change: { body: '{}', signed: { message: `POST\n${JSAPI}\n${timestamp}\n${nonce}\n{}` } },
        signedText: `POST\n${JSAPI}\n${timestamp}\n${nonce}\n{}`,
      }),
    ],
    [
      'no line for an empty body',
      ({ merchant }) => ({
        target: query + merchant.mchid,
        change: { signed: { message: `GET\n${query}${merchant.mchid}\n${timestamp}\n${nonce}\n` } },
        signedText: `GET\n${query}${merchant.mchid}\n${timestamp}\n${nonce}\n`,
      }),
    ],
    [
      'the whole address',
      () => ({
        target: JSAPI,
        change: { body: '{}', signed: { target: `https://api.mch.weixin.qq.com${JSAPI}` } },
        signedText: `POST\nhttps://api.mch.weixin.qq.com${JSAPI}\n${timestamp}\n${nonce}\n{}\n`,
      }),
    ],
  ])('%s', async (_mistake, mistake) => {
    const scene = openV3Scene()
    const { target, change, signedText } = mistake(scene)
    expect((await scene.v3(target, change)).json['message']).toBe('签名错误')
    const exchange = await lastExchange(scene)
    expect(exchange?.signature).toMatchObject({ valid: false, signedText })
    expect(exchange?.signature?.expected).not.toBe(exchange?.signature?.received)
  })

  test('another merchant’s key', async () => {
    const scene = openV3Scene(({ merchants }) => {
      const [first] = merchants
      if (first !== undefined) merchants.push({ ...first, mchid: '1900007291' })
    })
    const other = scene.world.merchants[1]
    const claim = { mchid: scene.merchant.mchid, serial_no: certificateOf(scene.merchant).serial }
    await scene.v3(JSAPI, {
      body: scene.v3Order(),
      ...(other === undefined ? {} : { merchant: other }),
      claim,
    })
    expect((await lastExchange(scene))?.signature).toMatchObject({
      valid: false,
      signedBy: '商户 merchant 1900007291',
    })
  })

  test.each<[string, (signature: string) => string]>([
    ['with the letters of URLs', (text) => text.replaceAll('+', '-').replaceAll('/', '_')],
    ['without its end', (text) => text.replace(/=+$/, '')],
  ])('a right one in base64 %s is none, and named', async (_what, change) => {
    const scene = openV3Scene()
    const headers = new Headers((await scene.signed('https://api.mch.weixin.qq.com/v3/certificates')).headers)
    const authorization = (headers.get('authorization') ?? '').replace(
      /signature="([^"]*)"/,
      (_all, signature: string) => `signature="${change(signature)}"`,
    )
    expect((await scene.v3('/v3/certificates', { headers: { authorization } })).status).toBe(401)
    expect((await lastExchange(scene))?.signature).toMatchObject({
      valid: false,
      signedBy: '非标准的 Base64 another form of base64',
    })
  })

  test('a right one is shown as right', async () => {
    const scene = openV3Scene()
    await scene.v3(JSAPI, { body: scene.v3Order() })
    expect(await lastExchange(scene)).toMatchObject({
      title: 'transactions/jsapi',
      outTradeNo: 'T20261124001',
      outcome: 'ok',
      signature: { valid: true },
    })
  })
})

async function lastExchange(scene: V3Scene): Promise<Exchange | undefined> {
  const exchanges = (await scene.json('http://localhost:9090/_simulator/exchanges')) as unknown as Exchange[]
  return exchanges.at(-1)
}
