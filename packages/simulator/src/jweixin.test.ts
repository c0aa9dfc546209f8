/** Our jweixin and the two real ones, through the same examples read off the real scripts. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import ours from './page/jweixin.ts?script'

interface Vector {
  name: string
  kind: string
  input: {
    version: string
    call?: string
    args?: Record<string, unknown>
    configured?: Record<string, unknown> | null
    nativeResponse?: Record<string, unknown>
    preVerifyResponse?: Record<string, unknown>
    steps?: string[]
  }
  expected: { callbacks?: string[]; result?: unknown; method?: string; params?: unknown; trace?: unknown[] }
}

const file = new URL('../../../vectors/official-account.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[]
const require = createRequire(import.meta.url)

/** A module of the npm packages is the real script in a CommonJS coat. */
const real = (name: string): string =>
  `var module = {};${readFileSync(require.resolve(name), 'utf8')};window.wx = module.exports`

const scripts: [string, (version: string) => string, (version: string) => boolean][] = [
  ['ours', (version) => `window.__jweixinVersion=${JSON.stringify(version)};${ours}`, () => true],
  ['the real 1.6.0', () => real('weixin-js-sdk'), (version) => version === '1.6.0'],
  ['the real 1.4.0', () => real('jweixin-1.4.0'), (version) => version === '1.4.0'],
]

const CONFIG = { appId: 'wxA', timestamp: 1700000000, nonceStr: 'N', signature: 'S' }
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0.49(0x18003129)'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49(0x28003129)'

describe.each(scripts)('%s', (_name, script, suits) => {
  const of = (kind: string): Vector[] =>
    vectors.filter((vector) => vector.kind === kind && suits(vector.input.version))
  const knownHere = of('jweixin.lifecycle').filter(({ name }) => name.includes('-config-result-'))

  test.each(of('jweixin.result'))('$name', ({ name, input, expected }) => {
    const heard: string[] = []
    let result: unknown
    const { wx } = open(
      script(input.version),
      name.endsWith('android') ? ANDROID : IPHONE,
      () => input.nativeResponse ?? {},
    )
    wx['config']?.({ ...CONFIG, jsApiList: [], check: false })
    const handlers = Object.fromEntries(
      ['success', 'fail', 'cancel', 'complete'].map((handler) => [
        handler,
        (given: unknown) => {
          heard.push(handler)
          result = JSON.parse(JSON.stringify(given))
        },
      ]),
    )
    wx[input.call ?? '']?.({ ...input.args, ...handlers })
    expect(result).toEqual(expected.result)
    if (expected.callbacks !== undefined)
      expect(heard.slice(0, expected.callbacks.length)).toEqual(expected.callbacks)
  })

  test.each(of('jweixin.invoke'))('$name', ({ input, expected }) => {
    const { wx, invoked } = open(script(input.version), IPHONE, () => ({}))
    if (input.configured) wx['config']?.({ ...input.configured, jsApiList: [], check: false })
    wx[input.call ?? '']?.(structuredClone(input.args))
    const { method, parameters } = invoked[0] ?? {}
    expect({ method, params: JSON.parse(JSON.stringify(parameters)) }).toEqual({
      method: expected.method,
      params: expected.params,
    })
  })

  test.each(knownHere)('$name', ({ input, expected }) => {
    const trace: unknown[] = []
    const { wx } = open(script(input.version), IPHONE, () => input.preVerifyResponse ?? {})
    wx['ready']?.(() => trace.push('ready'))
    wx['error']?.((given: unknown) => trace.push({ error: JSON.parse(JSON.stringify(given)) }))
    wx['config']?.({ ...CONFIG, jsApiList: ['chooseWXPay'] })
    expect(trace).toEqual(expected.trace)
  })

  test('a call before the bridge exists is lost, and the configuration waits for it', () => {
    const { wx, invoked, arrive } = open(
      script('1.6.0'),
      IPHONE,
      () => ({ err_msg: 'preVerifyJSAPI:ok' }),
      'later',
    )
    wx['chooseWXPay']?.({ timestamp: 1 })
    wx['config']?.({ ...CONFIG, jsApiList: ['chooseWXPay'] })
    expect(invoked).toEqual([])
    arrive()
    expect(invoked[0]?.method).toBe('preVerifyJSAPI')
  })

  test('outside WeChat nothing is ever called back', () => {
    const heard: string[] = []
    const { wx } = open(script('1.6.0'), 'Mozilla/5.0 Chrome/132.0', () => ({}), 'never')
    wx['ready']?.(() => heard.push('ready'))
    wx['error']?.(() => heard.push('error'))
    wx['config']?.({ ...CONFIG, jsApiList: ['chooseWXPay'] })
    expect(heard).toEqual([])
  })
})

type Wx = Record<string, (argument?: unknown) => void>

interface Opened {
  wx: Wx
  invoked: { method: string; parameters: object }[]
  /** The bridge appears now. */
  arrive(): void
}

/** A page with just enough of a window, and a bridge that writes down what it is asked. */
function open(
  script: string,
  userAgent: string,
  answer: () => object,
  bridge: 'at once' | 'later' | 'never' = 'at once',
): Opened {
  const invoked: Opened['invoked'] = []
  const listeners: (() => void)[] = []
  const WeixinJSBridge = {
    invoke(method: string, parameters: object, callback?: (result: object) => void): void {
      invoked.push({ method, parameters })
      if (method !== 'getNetworkType' || invoked.length === 1) callback?.(structuredClone(answer()))
    },
    on: () => undefined,
  }
  const window: Record<string, unknown> = {
    navigator: { userAgent, platform: 'iPhone' },
    location: { href: 'https://a.example.com/p?x=1#h', protocol: 'https:' },
    document: {
      addEventListener: (event: string, listener: () => void) =>
        event === 'WeixinJSBridgeReady' && listeners.push(listener),
      createElement: () => ({}),
      title: '',
    },
    performance: { timing: {} },
    setTimeout: () => 0,
    Image: class {},
    URLSearchParams,
    console,
  }
  window['window'] = window
  if (bridge === 'at once') window['WeixinJSBridge'] = WeixinJSBridge
  vm.runInNewContext(script, window)
  return {
    wx: window['wx'] as Wx,
    invoked,
    arrive() {
      window['WeixinJSBridge'] = WeixinJSBridge
      for (const listener of listeners) listener()
    },
  }
}
