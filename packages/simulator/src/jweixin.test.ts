/** Our jweixin and the two real ones, through the same examples read off the real scripts. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type JweixinPage,
  openPage,
  ourScript,
  type PageOptions,
  realScript,
} from './jweixin-page.fixture.ts'

interface Vector {
  name: string
  kind: string
  input: {
    version: string
    call: string
    args: Record<string, unknown>
    jsApiList: string[]
    configured: Record<string, unknown> | null
    nativeResponse: Record<string, unknown>
    preVerifyResponse: Record<string, unknown>
    userAgent: string
    navigatorPlatform: string
  }
  expected: {
    callbacks?: string[]
    result: unknown
    method: string
    params: unknown
    trace: unknown[]
    verifyJsApiList: string[]
    urlPattern: string
    jweixinReportBeacon: { s: string; c: string } | null
  }
}

const file = new URL('../../../vectors/official-account.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[]

const scripts: [string, (version: string) => string, (version: string) => boolean][] = [
  ['ours', ourScript, () => true],
  ['the real 1.6.0', () => realScript('weixin-js-sdk'), (version) => version === '1.6.0'],
  ['the real 1.4.0', () => realScript('jweixin-1.4.0'), (version) => version === '1.4.0'],
]

const CONFIG = { appId: 'wxA', timestamp: 1700000000, nonceStr: 'N', signature: 'S' }
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0.49(0x18003129)'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49(0x28003129)'
const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/132.0.0.0 Safari/537.36'
const OK = { err_msg: 'preVerifyJSAPI:ok' }
const REFUSED = { errMsg: 'config:invalid signature' }

const config = (): Record<string, unknown> => ({ ...CONFIG, jsApiList: ['chooseWXPay'] })
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const onVerification = (result: object) => (method: string) =>
  method === 'preVerifyJSAPI' ? result : undefined

/** Notes what the page is told, in order. */
function traced(page: JweixinPage): {
  trace: unknown[]
  ready: () => void
  error: (name?: string) => (given: unknown) => void
} {
  const { shown: trace } = page
  return {
    trace,
    ready: () => trace.push('ready'),
    error:
      (name = 'error') =>
      (given) =>
        trace.push({ [name]: copy(given) }),
  }
}

describe.each(scripts)('%s', (name, script, suits) => {
  const of = (kind: string): Vector[] =>
    vectors.filter((vector) => vector.kind === kind && suits(vector.input.version))
  const trace = (vectorName: string): unknown[] =>
    vectors.find((vector) => vector.name === `jweixin-1.6.0-${vectorName}`)?.expected.trace ?? []
  const open = (options: Partial<PageOptions> = {}): JweixinPage =>
    openPage({ script: script('1.6.0'), userAgent: IPHONE, ...options })

  test.each(of('jweixin.result'))('$name', ({ name, input, expected }) => {
    const heard: string[] = []
    let result: unknown
    const { wx } = open({
      script: script(input.version),
      userAgent: name.endsWith('android') ? ANDROID : IPHONE,
      answer: () => input.nativeResponse,
    })
    wx['config']?.({ ...CONFIG, jsApiList: [], check: false })
    const handlers = Object.fromEntries(
      ['success', 'fail', 'cancel', 'complete'].map((handler) => [
        handler,
        (given: unknown) => {
          heard.push(handler)
          result = copy(given)
        },
      ]),
    )
    wx[input.call]?.({ ...input.args, ...handlers })
    expect(result).toEqual(expected.result)
    if (expected.callbacks !== undefined)
      expect(heard.slice(0, expected.callbacks.length)).toEqual(expected.callbacks)
  })

  test.each(of('jweixin.invoke'))('$name', ({ input, expected }) => {
    const { wx, invoked } = open({ script: script(input.version) })
    if (input.configured) wx['config']?.({ ...input.configured, jsApiList: [], check: false })
    wx[input.call]?.(structuredClone(input.args))
    expect(invoked[0]).toMatchObject({ method: expected.method, parameters: expected.params })
    expect(invoked[0]?.parameters).toEqual(expected.params)
  })

  test.each(of('jweixin.nameMap'))('$name', ({ input, expected }) => {
    const { wx, invoked } = open({ script: script(input.version) })
    const jsApiList = [...input.jsApiList]
    wx['config']?.({ ...CONFIG, jsApiList })
    expect(invoked[0]?.parameters['verifyJsApiList']).toEqual(expected.verifyJsApiList)
    expect(jsApiList).toEqual(expected.verifyJsApiList)
  })

  const configResults = of('jweixin.lifecycle').filter(({ name }) => name.includes('-config-result-'))
  test.each(configResults)('$name', ({ input, expected }) => {
    const page = open({ script: script(input.version), answer: onVerification(input.preVerifyResponse) })
    const { trace, ready, error } = traced(page)
    page.wx['ready']?.(ready)
    page.wx['error']?.(error())
    page.wx['config']?.(config())
    expect(trace).toEqual(expected.trace)
  })

  test('with debug on, the result is alerted before the page hears of it, and nothing is reported', () => {
    const page = open({ answer: onVerification(OK) })
    const { trace: heard, ready } = traced(page)
    page.wx['ready']?.(ready)
    page.wx['config']?.({ ...config(), debug: true })
    page.later()
    const withoutConsole = heard.filter((entry) => !Array.isArray(entry) || entry[0] !== 'console.log')
    expect(withoutConsole).toEqual(trace('debug-alert'))
    expect(page.images).toEqual([])
  })

  test('handlers that come after a failure still hear of it when nobody listened', () => {
    const page = open({ answer: onVerification(REFUSED) })
    const { trace: heard, ready, error } = traced(page)
    page.wx['config']?.(config())
    page.wx['ready']?.(ready)
    page.wx['error']?.(error())
    expect(heard).toEqual(trace('late-handlers-after-failure'))
  })

  test('a second error handler is never called for a failure that the first one heard', () => {
    const page = open({ answer: onVerification(REFUSED) })
    const { trace: heard, ready, error } = traced(page)
    page.wx['error']?.(error('error1'))
    page.wx['config']?.(config())
    page.wx['error']?.(error('error2'))
    page.wx['ready']?.(ready)
    expect(heard).toEqual(trace('second-error-handler-never-called'))
  })

  test('outside WeChat nothing is ever called back', () => {
    const page = open({ userAgent: DESKTOP, bridge: 'never' })
    const { trace: heard, ready, error } = traced(page)
    page.wx['ready']?.(ready)
    page.wx['error']?.(error())
    page.wx['config']?.(config())
    page.wx['chooseWXPay']?.({ timestamp: 1 })
    expect(heard).toEqual(trace('outside-wechat-silent'))
  })

  test('outside WeChat debug shows the configuration and fires ready', () => {
    const page = open({ userAgent: DESKTOP, bridge: 'never' })
    const { trace: heard, ready } = traced(page)
    page.wx['config']?.({ ...config(), debug: true })
    page.wx['ready']?.(ready)
    expect(copy(heard)).toEqual(trace('outside-wechat-debug'))
  })

  test('check: false asks nothing and fires ready', () => {
    const page = open()
    const { trace: heard, ready } = traced(page)
    page.wx['ready']?.(ready)
    page.wx['config']?.({ ...config(), check: false })
    expect(heard).toEqual(trace('check-false'))
    expect(page.invoked).toEqual([])
  })

  test('a second configuration does not take back the first one’s ready', () => {
    const page = open()
    const { trace: heard, ready, error } = traced(page)
    page.wx['config']?.(config())
    page.invoked[0]?.answer(OK)
    page.wx['config']?.(config())
    page.wx['ready']?.(ready)
    page.wx['error']?.(error())
    heard.push('-- second answer arrives --')
    page.invoked.findLast(({ method }) => method === 'preVerifyJSAPI')?.answer(REFUSED)
    expect(heard).toEqual(trace('reconfig-does-not-reset'))
  })

  test('two configurations before the first answer run each ready handler twice', () => {
    const page = open()
    const { trace: heard, ready } = traced(page)
    page.wx['ready']?.(ready)
    page.wx['config']?.(config())
    page.wx['config']?.(config())
    for (const { method, answer } of [...page.invoked]) if (method === 'preVerifyJSAPI') answer(OK)
    expect(heard).toEqual(['ready', 'ready'])
  })

  test('a call before the bridge exists is lost, and the configuration waits for it', () => {
    const { wx, invoked, arrive } = open({ bridge: 'later' })
    wx['chooseWXPay']?.({ timestamp: 1 })
    wx['config']?.(config())
    expect(invoked).toEqual([])
    arrive()
    expect(invoked.map(({ method }) => method)).toEqual(['preVerifyJSAPI'])
  })

  test('the first script on a page stays', () => {
    const first = {}
    expect(open({ globals: { jWeixin: first } }).window['jWeixin']).toBe(first)
  })

  test('sharing asks the bridge once the person uses the menu', () => {
    const page = open({ answer: onVerification(OK) })
    page.wx['config']?.(config())
    page.wx['onMenuShareTimeline']?.({ title: '好茶', link: 'https://a.example.com/', imgUrl: 'i.png' })
    page.emit('menu:share:timeline')
    expect(page.invoked.at(-1)).toMatchObject({
      method: 'shareTimeline',
      parameters: {
        title: '好茶',
        desc: '好茶',
        img_url: 'i.png',
        link: 'https://a.example.com/',
        type: 'link',
        data_url: '',
      },
    })
  })

  test.each<[string, object, string, object]>([
    ['previewImage', { current: 'a', urls: ['a'] }, 'imagePreview', { current: 'a', urls: ['a'] }],
    ['uploadImage', { localId: 'l' }, 'uploadImage', { localId: 'l', isShowProgressTips: 1 }],
    ['getLocation', {}, 'geoLocation', { type: 'wgs84' }],
    ['scanQRCode', {}, 'scanQRCode', { needResult: 0, scanType: ['qrCode', 'barCode'] }],
    ['openAddress', { title: 'x' }, 'editAddress', {}],
    ['hideMenuItems', { menuList: ['m'] }, 'hideMenuItems', { menuList: ['m'] }],
    [
      'openLocation',
      { latitude: 1, longitude: 2 },
      'openLocation',
      { latitude: 1, longitude: 2, name: '', address: '', scale: 28, infoUrl: '' },
    ],
    [
      'chooseImage',
      {},
      'chooseImage',
      { scene: '1|2', count: 9, sizeType: ['original', 'compressed'], sourceType: ['album', 'camera'] },
    ],
    [
      'updateTimelineShareData',
      { title: 't', link: 'l', imgUrl: 'i', desc: 'd' },
      'updateTimelineShareData',
      { title: 't', link: 'l', imgUrl: 'i' },
    ],
    [
      'launchMiniProgram',
      { targetAppId: 'wxB', path: 'pages/a?b=1' },
      'launchMiniProgram',
      { targetAppId: 'wxB', path: 'pages/a.html?b=1' },
    ],
  ])('%s asks the bridge with its defaults', (call, given, method, parameters) => {
    const { wx, invoked } = open()
    wx['config']?.({ ...CONFIG, jsApiList: [], check: false })
    wx[call]?.(given)
    const proof = {
      appId: 'wxA',
      verifyAppId: 'wxA',
      verifySignType: 'sha1',
      verifyTimestamp: '1700000000',
      verifyNonceStr: 'N',
      verifySignature: 'S',
    }
    expect(invoked[0]).toMatchObject({ method })
    expect(invoked[0]?.parameters).toEqual({ ...parameters, ...proof })
  })

  const answers = (method: string): object =>
    method === 'getNetworkType' ? { err_msg: 'network_type:wifi' } : OK

  test.each(vectors.filter(({ kind }) => kind === 'ua.parse'))(
    'the report of $name',
    ({ input, expected }) => {
      const page = open({
        userAgent: input.userAgent,
        platform: input.navigatorPlatform,
        answer: answers,
        bridge: /micromessenger/i.test(input.userAgent) ? 'at once' : 'never',
      })
      page.wx['config']?.(config())
      page.later()
      const sent = page.images.map((address) => new URL(address).searchParams)
      const { jweixinReportBeacon: beacon } = expected
      expect(sent.map((query) => ({ s: query.get('s'), c: query.get('c') }))).toEqual(
        beacon === null ? [] : [beacon],
      )
    },
  )

  test.each(vectors.filter(({ kind }) => kind === 'jweixin.reportUrl'))('$name', ({ expected }) => {
    const page = open({ answer: answers })
    page.wx['config']?.(config())
    page.later()
    const sent = page.images[0]?.replace(/([ip])=-?\d+/g, '$1=<ms>')
    // Older scripts do not name the call.
    expect(sent).toBe(
      name.endsWith('1.4.0') ? expected.urlPattern.replace('&jsapi_name=', '') : expected.urlPattern,
    )
  })
})

describe('versions of ours', () => {
  test('a call exists from the version on that brought it', () => {
    const has = (version: string, call: string): boolean =>
      typeof openPage({ script: ourScript(version), userAgent: IPHONE }).wx[call] === 'function'
    expect(has('1.3.2', 'updateAppMessageShareData')).toBe(false)
    expect(has('1.4.0', 'updateAppMessageShareData')).toBe(true)
    expect(has('1.4.0', 'openBusinessView')).toBe(false)
    expect(has('1.6.0', 'openBusinessView')).toBe(true)
    expect(has('1.0.0', 'chooseWXPay')).toBe(true)
  })

  test('the open ends appear with a configuration, before 1.3 only for beta', () => {
    const after = (version: string, more: object): boolean => {
      const { wx } = openPage({ script: ourScript(version), userAgent: IPHONE })
      expect(wx['invoke']).toBeUndefined()
      wx['config']?.({ ...config(), ...more })
      return typeof wx['invoke'] === 'function'
    }
    expect(after('1.2.0', {})).toBe(false)
    expect(after('1.2.0', { beta: true })).toBe(true)
    expect(after('1.6.0', {})).toBe(true)
  })

  test('with a module loader on the page there are no globals', () => {
    let made: unknown
    const define = Object.assign(
      (factory: () => unknown) => {
        made = factory()
      },
      { amd: {} },
    )
    const { window } = openPage({ script: ourScript('1.6.0'), userAgent: IPHONE, globals: { define } })
    expect(made).toHaveProperty('chooseWXPay')
    expect(window).not.toHaveProperty('wx')
  })
})
