/** Answers that go wrong on purpose, as merchants of both versions of Pay and of the account's API meet them. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene, START } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { openV3Scene, type V3Scene } from '../pay-v3/merchant-v3.fixture.ts'

const NUMBER = 'T20261124001'
const ORDER = '/pay/unifiedorder'
const ORDER_V3 = '/v3/pay/transactions/jsapi'

async function isOpen({ v2, credentials }: MerchantScene): Promise<boolean> {
  const said = await v2('/pay/orderquery', { ...credentials(), out_trade_no: NUMBER })
  return said['trade_state'] === 'NOTPAY'
}

describe('v2', () => {
  test.each([
    ['answer-lost-before-effect', false],
    ['answer-lost-after-effect', true],
  ])('%s: the connection ends, and the order is there: %s', async (kind, open) => {
    const scene = openScene()
    await scene.control('faults', { kind, match: { path: ORDER } })
    await expect(scene.v2(ORDER, scene.order())).rejects.toThrow(new TypeError('fetch failed'))
    expect(await isOpen(scene)).toBe(open)
    expect(await scene.v2(ORDER, scene.order())).toMatchObject({ result_code: 'SUCCESS' })
  })

  test.each([
    ['system-error-before-effect', 'SYSTEMERROR', '系统错误', false],
    ['system-error-after-effect', 'SYSTEMERROR', '系统错误', true],
    ['frequency-limited', 'FREQUENCY_LIMITED', '频率限制', false],
  ])('%s is said with a signature, whatever took effect', async (kind, code, text, open) => {
    const scene = openScene()
    await scene.control('faults', { kind, match: { out_trade_no: NUMBER } })
    const said = await scene.v2(ORDER, scene.order({ sign_type: 'HMAC-SHA256' }))
    expect(said).toMatchObject({
      return_code: 'SUCCESS',
      result_code: 'FAIL',
      err_code: code,
      err_code_des: text,
    })
    const { sign, ...signed } = said
    expect(sign).toBe(signV2(signed, scene.merchant.apiKey, 'HMAC-SHA256'))
    expect(await isOpen(scene)).toBe(open)
  })

  test.each([
    ['bad-gateway-before-effect', 502, false],
    ['bad-gateway-after-effect', 502, true],
    ['service-unavailable', 503, false],
    ['answer-garbage', 200, true],
  ])('%s is a page of a proxy with status %i', async (kind, status, open) => {
    const scene = openScene()
    await scene.control('faults', { kind })
    const body = signedBody(scene)
    const response = await scene.send(`https://api.mch.weixin.qq.com${ORDER}`, { method: 'POST', body })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toMatch(/^<html>[\s\S]*nginx/)
    expect(await isOpen(scene)).toBe(open)
  })

  test('a truncated answer is the first half of the right one', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'answer-truncated' })
    const response = await scene.send(`https://api.mch.weixin.qq.com${ORDER}`, {
      method: 'POST',
      body: signedBody(scene),
    })
    const text = await response.text()
    expect(text).toMatch(/^<xml>/)
    expect(text).not.toContain('</xml>')
  })

  test('a wrongly signed answer differs in its signature only', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'answer-wrong-signature' })
    const { sign, ...said } = await scene.v2(ORDER, scene.order())
    expect(sign).toMatch(/^[0-9A-F]{32}$/)
    expect(sign).not.toBe(signV2(said, scene.merchant.apiKey, 'MD5'))
  })

  test('a slow answer comes when the world is so much older', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'answer-slow', delaySeconds: 20 })
    let answeredAt: number | undefined
    const answer = scene.v2(ORDER, scene.order()).then((said) => {
      answeredAt = scene.simulator.now()
      return said
    })
    await hasStruck(scene)
    await scene.simulator.advance(19)
    expect(answeredAt).toBeUndefined()
    await scene.simulator.advance(1)
    expect(await answer).toMatchObject({ result_code: 'SUCCESS' })
    expect(answeredAt).toBe(START + 20_000)
  })

  test('who waits for a slow answer gets it at once when the world begins anew', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'answer-slow' })
    const answer = scene.v2(ORDER, scene.order())
    await hasStruck(scene)
    await scene.control('reset', {})
    expect(await answer).toMatchObject({ result_code: 'SUCCESS' })
  })
})

describe('v3', () => {
  const ordered = (scene: V3Scene): ReturnType<V3Scene['v3']> => scene.v3(ORDER_V3, { body: scene.v3Order() })
  const isBelieved = async (scene: V3Scene): Promise<boolean> => {
    const { headers, text } = await ordered(scene)
    return scene.isFromWechat(headers, text)
  }

  test.each([
    ['system-error-before-effect', 500, 'SYSTEM_ERROR'],
    ['frequency-limited', 429, 'FREQUENCY_LIMITED'],
  ])('%s is %i, unsigned', async (kind, status, code) => {
    const scene = openV3Scene()
    await scene.control('faults', { kind, match: { mchid: scene.merchant.mchid } })
    const said = await ordered(scene)
    expect(said).toMatchObject({ status, json: { code } })
    expect(said.headers.has('wechatpay-signature')).toBe(false)
    expect(said.headers.get('request-id')).toMatch(/^[0-9A-F]{40}-[1-9]\d{8}$/)
    expect(await isBelieved(scene)).toBe(true)
  })

  test.each(['answer-wrong-signature', 'answer-probe', 'answer-unknown-serial'])(
    '%s is not believed, and the next answer is',
    async (kind) => {
      const scene = openV3Scene()
      await scene.control('faults', { kind })
      expect([await isBelieved(scene), await isBelieved(scene)]).toEqual([false, true])
    },
  )

  test('a probe begins as WeChat’s do', async () => {
    const scene = openV3Scene()
    await scene.control('faults', { kind: 'answer-probe' })
    const { headers } = await ordered(scene)
    expect(headers.get('wechatpay-signature')).toMatch(/^WECHATPAY\/SIGNTEST\//)
  })

  test('a stale answer is rightly signed, ten minutes ago', async () => {
    const scene = openV3Scene()
    await scene.control('faults', { kind: 'answer-stale' })
    const { headers, text } = await ordered(scene)
    expect(await scene.isFromWechat(headers, text)).toBe(true)
    expect(Number(headers.get('wechatpay-timestamp'))).toBe(START / 1000 - 600)
  })

  test('what only v3 has does not strike v2', async () => {
    const scene = openScene()
    await scene.control('faults', { kind: 'answer-probe' })
    await scene.v2(ORDER, scene.order())
    expect(await scene.control('faults')).toHaveLength(1)
  })

  test('the merchant’s own number is found in the path', async () => {
    const scene = openV3Scene()
    await ordered(scene)
    await scene.control('faults', { kind: 'system-error-before-effect', match: { out_trade_no: NUMBER } })
    const query = `/v3/pay/transactions/out-trade-no/${NUMBER}?mchid=${scene.merchant.mchid}`
    expect((await scene.v3(query)).status).toBe(500)
    expect((await scene.v3(query)).status).toBe(200)
  })
})

describe('the account’s API says in its own way', () => {
  const RID = '[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$'
  const BUSY = 'api minute-quota reach limit must slower retry next minute'
  const CGI_TYPE = 'application/json; encoding=utf-8'

  test.each([
    ['system-error-before-effect', '/cgi-bin/get_api_domain_ip', CGI_TYPE, -1, 'system error rid: '],
    ['frequency-limited', '/cgi-bin/get_api_domain_ip', CGI_TYPE, 45011, `${BUSY} rid: `],
    ['system-error-before-effect', '/sns/auth', 'text/plain', -1, 'system error, rid: '],
    ['frequency-limited', '/sns/auth', 'text/plain', 45011, `${BUSY}, rid: `],
  ])('%s of %s', async (kind, path, type, errcode, text) => {
    const scene = openScene()
    await scene.control('faults', { kind, match: { path } })
    const url = `https://api.weixin.qq.com${path}`
    const response = await scene.send(url)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
    const errmsg = expect.stringMatching(new RegExp(`^${text}${RID}`))
    expect(await response.json()).toEqual({ errcode, errmsg })
    expect(await scene.json(url)).toMatchObject({ errcode: 41001 })
  })

  test('of one account only, where its calls name it', async () => {
    const scene = openScene()
    const { appid, secret } = scene.account
    await scene.control('faults', { kind: 'frequency-limited', match: { appid }, times: 2 })
    const stable = (id: string): Promise<Record<string, unknown>> => {
      const body = JSON.stringify({ grant_type: 'client_credential', appid: id, secret })
      return scene.json('https://api.weixin.qq.com/cgi-bin/stable_token', { method: 'POST', body })
    }
    expect(await stable('wx0000000000000000')).toMatchObject({ errcode: 40013 })
    expect(await stable(appid)).toMatchObject({ errcode: 45011 })
    const query = `grant_type=client_credential&appid=${appid}&secret=${secret}`
    expect(await scene.json(`https://api.weixin.qq.com/cgi-bin/token?${query}`)).toMatchObject({
      errcode: 45011,
    })
  })

  test.each([
    ['frequency-limited', '操作太频繁了，请稍后重试，错误码:10009'],
    ['system-error-before-effect', '该链接无法访问'],
  ])('%s on the page that a visitor sees', async (kind, text) => {
    const scene = openScene()
    await scene.control('faults', { kind, match: { host: 'open.weixin.qq.com' } })
    const response = await scene.open('https://open.weixin.qq.com/connect/oauth2/authorize?appid=x')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain(text)
    expect(await scene.control('exchanges')).toMatchObject([{ from: 'page', outcome: 'fault' }])
  })
})

describe('a refusal of any code', () => {
  const armed = async <Scene extends MerchantScene>(scene: Scene, change: object): Promise<Scene> => {
    await scene.control('faults', { kind: 'answer-refused', ...change })
    return scene
  }

  test('is v2’s, signed, and nothing took effect', async () => {
    const scene = await armed(openScene(), { code: 'TRADE_STATE_ERROR', text: '订单状态错误' })
    const { sign, ...said } = await scene.v2(ORDER, scene.order())
    expect(said).toMatchObject({ err_code: 'TRADE_STATE_ERROR', err_code_des: '订单状态错误' })
    expect(sign).toBe(signV2(said, scene.merchant.apiKey, 'MD5'))
    expect(await isOpen(scene)).toBe(false)
  })

  test('is v3’s, with the status named', async () => {
    const scene = await armed(openV3Scene(), { code: 'RULE_LIMIT', text: '业务规则限制', status: 403 })
    const { status, json } = await scene.v3(ORDER_V3, { body: scene.v3Order() })
    expect([status, json]).toEqual([403, { code: 'RULE_LIMIT', message: '业务规则限制' }])
  })

  test.each([
    ['the account’s API', '/sns/auth', { code: '50002', text: 'user limited' }, /^50002 user limited, rid/],
    [
      'its other half',
      '/cgi-bin/token',
      { code: '50007', text: 'account frozen' },
      /^50007 account frozen rid/,
    ],
    [
      'a permission, unless a code is told',
      '/cgi-bin/token',
      {},
      /^48004 api forbidden for irregularities rid/,
    ],
  ])('is of %s', async (_what, path, change, words) => {
    const scene = await armed(openScene(), change)
    const { errcode, errmsg } = await scene.json(`https://api.weixin.qq.com${path}`)
    expect(`${errcode} ${errmsg}`).toMatch(words)
  })

  test('is on the authorize page', async () => {
    const scene = await armed(openScene(), { code: '10004', text: '此公众号被封禁' })
    const page = await scene.open('https://open.weixin.qq.com/connect/oauth2/authorize?appid=x')
    expect(await page.text()).toContain('此公众号被封禁，错误码:10004')
  })
})

test('the log says which fault it was, and what the merchant got', async () => {
  const scene = openScene()
  await scene.control('faults', { kind: 'answer-garbage' })
  await scene.v2(ORDER, scene.order()).catch(() => undefined)
  expect(await scene.control('exchanges')).toMatchObject([
    {
      title: 'unifiedorder',
      outcome: 'fault',
      note: expect.stringContaining('answer-garbage'),
      outTradeNo: NUMBER,
      mchid: scene.merchant.mchid,
      openid: scene.openid,
      response: { status: 200, body: expect.stringContaining('<html>') },
    },
  ])
})

/** Until the only fault armed has been used up and its exchange is in the log. */
async function hasStruck({ control }: MerchantScene): Promise<void> {
  const isWaiting = async (): Promise<boolean> => ((await control('exchanges')) as unknown[]).length === 0
  while (await isWaiting());
}

function signedBody({ order, merchant }: MerchantScene): string {
  const fields = order()
  const text = Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
  const sign = createHash('md5')
    .update(`${text.join('&')}&key=${merchant.apiKey}`)
    .digest('hex')
    .toUpperCase()
  const elements = Object.entries({ ...fields, sign }).map(([name, value]) => `<${name}>${value}</${name}>`)
  return `<xml>${elements.join('')}</xml>`
}
