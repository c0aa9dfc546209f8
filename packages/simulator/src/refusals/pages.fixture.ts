/** What pages do wrong: `wx.config`, and the call that opens the pay sheet. */
import { createHash } from 'node:crypto'
import { type BridgeApi, createBridgeHost, type Viewer } from '../bridge/bridge-host.ts'
import type { MerchantScene } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import type { World } from '../world.ts'
import { type Chapter, inScene, type Refusal, refusal } from './refusal.fixture.ts'

type Parameters = Record<string, unknown>

const PAGE = 'https://shop.example.com/pay/1'
const INVALID_SIGNATURE = 'config:invalid signature'
const INVALID_DOMAIN = 'config:invalid url domain'
const WRONG_PAY_SIGN = '支付验证签名失败'

export const config: Chapter = {
  title: '页面：wx.config / Pages: wx.config',
  form: '`errMsg`',
  refusals: [
    configured('页面不在 JS 接口安全域名下', 'a page outside the JS domains', INVALID_DOMAIN, {
      page: 'https://m.example.com/pay/1',
    }),
    configured('页面带端口', 'a page with a port', INVALID_DOMAIN, {
      page: 'https://shop.example.com:8443/pay/1',
    }),
    configured('签名用了别的网址', 'another address signed', INVALID_SIGNATURE, {
      signed: 'https://shop.example.com/',
    }),
    configured('签名的网址没有带参数', 'the query left out of the signed address', INVALID_SIGNATURE, {
      page: `${PAGE}?from=singlemessage`,
      signed: PAGE,
    }),
    configured('签名的网址带了 #', 'the fragment signed', INVALID_SIGNATURE, {
      page: `${PAGE}#/pay`,
      signed: `${PAGE}#/pay`,
    }),
    configured('签名的网址做了 URL 编码', 'the address encoded before signing', INVALID_SIGNATURE, {
      signed: encodeURIComponent(PAGE),
    }),
    configured('代理之后按 http 签名', 'signed as http behind a proxy', INVALID_SIGNATURE, {
      signed: PAGE.replace('https', 'http'),
    }),
    configured(
      'iOS 单页应用按当前网址签名',
      "a single-page application's current address, on iOS",
      INVALID_SIGNATURE,
      {
        page: `${PAGE}/now`,
        landing: PAGE,
      },
    ),
    configured('nonceStr 与签名时不同', 'a nonceStr other than the signed one', INVALID_SIGNATURE, {
      nonceStr: 'M',
    }),
    configured('timestamp 与签名时不同', 'a timestamp other than the signed one', INVALID_SIGNATURE, {
      timestamp: '2',
    }),
    configured('票据已过期', 'an expired ticket', INVALID_SIGNATURE, { wait: 7200 + 300 }),
    configured('用 access_token 代替票据', 'the access_token for the ticket', INVALID_SIGNATURE, {
      ticket: 'T',
    }),
    configured('appId 不对', 'a wrong appId', 'config:invalid appid', { appId: 'wx0000000000000000' }),
    refusal(
      'jsApiList 没有 chooseWXPay',
      'jsApiList without chooseWXPay',
      'getBrandWCPayRequest:fail, the permission value is offline verifying',
      inScene((scene) => bridged(scene, ['checkJsApi'])),
    ),
  ],
}

export const sheet: Chapter = {
  title: '页面：调起支付 / Pages: opening the pay sheet',
  form: 'the dialog in place of the sheet',
  refusals: [
    paying(
      '页面不在支付授权目录',
      'a page outside the pay directories',
      `当前页面的URL未注册：${PAGE}`,
      {},
      only('https://shop.example.com/other/'),
    ),
    paying(
      '支付目录层级太深',
      'a directory below the page',
      `当前页面的URL未注册：${PAGE}`,
      {},
      only('https://shop.example.com/pay/wx/'),
    ),
    paying(
      '支付目录层级太浅',
      'a directory above the page',
      'https://shop.example.com/pay/wx/1',
      { page: 'https://shop.example.com/pay/wx/1' },
      only('https://shop.example.com/pay/'),
    ),
    paying(
      '支付目录大小写不同',
      'a directory in another case',
      `当前页面的URL未注册：${PAGE}`,
      {},
      only('https://shop.example.com/Pay/'),
    ),
    paying(
      '支付目录少了端口',
      'a directory without the port',
      'https://shop.example.com:8443/pay/1',
      { page: 'https://shop.example.com:8443/pay/1' },
      only('https://shop.example.com/'),
    ),
    paying(
      '支付目录是 http',
      'a directory of http',
      `当前页面的URL未注册：${PAGE}`,
      {},
      only('http://shop.example.com/'),
    ),
    paying(
      '支付目录末尾没有斜杠',
      'a directory without the last slash',
      `当前页面的URL未注册：${PAGE}`,
      {},
      only('https://shop.example.com/pay'),
    ),
    paying('签名时写成 timestamp', 'paySign over timestamp', WRONG_PAY_SIGN, {
      rename: ['timeStamp', 'timestamp'],
    }),
    paying('签名时写成 appid', 'paySign over appid', WRONG_PAY_SIGN, { rename: ['appId', 'appid'] }),
    paying('签名时漏了 signType', 'paySign without signType', WRONG_PAY_SIGN, {
      rename: ['signType', undefined],
    }),
    paying('paySign 用错密钥', 'paySign by the wrong key', WRONG_PAY_SIGN, { key: 'x'.repeat(32) }),
    paying('paySign 的算法与下单不同', 'paySign by another algorithm than the order', WRONG_PAY_SIGN, {
      signType: 'HMAC-SHA256',
    }),
    paying('只传了小写的 timestamp', 'timestamp passed for timeStamp', '调用支付JSAPI缺少参数：timeStamp', {
      send: { timeStamp: 'undefined' },
    }),
    paying('iOS 上 timeStamp 是数字', 'timeStamp as a number, on iOS', '调用支付JSAPI缺少参数：timeStamp', {
      send: { timeStamp: 1790000000 },
    }),
    paying('没有 appId', 'no appId', '调用支付JSAPI缺少参数：appId', { send: { appId: '' } }),
    paying('package 没有 prepay_id=', 'package without prepay_id=', '调用支付JSAPI缺少参数：total_fee', {
      send: { package: 'wx24' },
    }),
    paying('prepay_id 已过两小时', 'a prepay_id after two hours', '调用支付JSAPI缺少参数：total_fee', {
      wait: 7200,
    }),
    paying('appId 不是下单的公众号', "an appId other than the order's", '商户传入的appid参数不正确', {
      send: { appId: 'wx0000000000000000' },
    }),
    paying('别的用户来支付', 'another user pays', '下单账号与支付账号不一致，请核实后再支付', {
      userId: 'xiaohong',
    }),
    paying('订单已过失效时间', 'after time_expire', '订单已超时，请重新发起支付', {
      order: { time_expire: '20261124103000' },
      wait: 1800,
    }),
    paying('订单已支付', 'what is paid', '该订单已支付', {
      before: ({ control }) => control('pay', { out_trade_no: 'T20261124001' }),
    }),
    paying('订单已关闭', 'what is closed', '该订单已关闭', {
      before: ({ v2, credentials }) =>
        v2('/pay/closeorder', { ...credentials(), out_trade_no: 'T20261124001' }),
    }),
    paid('余额不足', 'more than the payer has', '余额不足', { total_fee: '100001' }),
    paid(
      '不支持信用卡的订单用信用卡支付',
      'a credit card where the order takes none',
      '该商户不支持使用信用卡支付',
      { limit_pay: 'no_credit' },
      '9999',
    ),
  ],
}

interface Configured {
  page?: string
  landing?: string
  signed?: string
  nonceStr?: string
  timestamp?: string
  appId?: string
  ticket?: string
  /** Seconds between the ticket and the page. */
  wait?: number
}

function configured(zh: string, en: string, words: string, mistake: Configured): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    const { page = PAGE, landing = page, signed = page, ticket = await ticketOf(scene) } = mistake
    scene.pass(mistake.wait ?? 0)
    const parameters = {
      verifyAppId: mistake.appId ?? scene.account.appid,
      verifyNonceStr: mistake.nonceStr ?? 'N',
      verifyTimestamp: mistake.timestamp ?? '1',
      verifySignature: pageSignature(ticket, signed),
    }
    const call = { viewer: viewerOf(scene), page: { currentUrl: page, landingUrl: landing }, parameters }
    return String(((await scene.control('phone/config', call)) as Parameters)['errMsg'])
  }
  return refusal(zh, en, words, inScene(attempt))
}

/** Through the bridge of a page, which keeps what the page was granted. */
async function bridged(scene: MerchantScene, apis: string[]): Promise<string> {
  const api: BridgeApi = {
    config: async (call) => (await scene.control('phone/config', call)) as Parameters,
    cashier: async (call) => (await scene.control('phone/cashier', call)) as { dialog?: string },
  }
  const host = createBridgeHost(api, {
    viewer: () => viewerOf(scene),
    showDialog: async () => undefined,
    showSheet: async () => 'cancel',
    sendLink: () => false,
    closePage: () => undefined,
    showOptionMenu: () => undefined,
  })
  const proof = {
    verifyAppId: scene.account.appid,
    verifyNonceStr: 'N',
    verifyTimestamp: '1',
    verifySignature: pageSignature(await ticketOf(scene), PAGE),
  }
  const page = { currentUrl: PAGE, landingUrl: PAGE }
  await host.answer({ method: 'preVerifyJSAPI', page, parameters: { ...proof, verifyJsApiList: apis } })
  const answer = await host.answer({ method: 'getBrandWCPayRequest', page, parameters: proof })
  return String(answer['err_msg'])
}

interface Paying {
  page?: string
  /** What is signed under another name, or not at all. */
  rename?: [from: string, to: string | undefined]
  key?: string
  signType?: 'MD5' | 'HMAC-SHA256'
  /** What the page passes in place of the right value. */
  send?: Parameters
  userId?: string
  /** Seconds between the order and the page. */
  wait?: number
  order?: Record<string, string>
  before?: (scene: MerchantScene) => Promise<unknown>
}

/** `words` may be an address, of which the dialog complains. */
function paying(
  zh: string,
  en: string,
  words: string,
  mistake: Paying,
  world?: (world: World) => void,
): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    const { prepay_id: prepayId } = await scene.v2('/pay/unifiedorder', scene.order(mistake.order))
    await mistake.before?.(scene)
    scene.pass(mistake.wait ?? 0)
    const { page = PAGE, signType = 'MD5', key = scene.merchant.apiKey } = mistake
    const right = {
      appId: scene.account.appid,
      timeStamp: '1790000000',
      nonceStr: 'N1',
      package: `prepay_id=${prepayId}`,
      signType,
    }
    const parameters = {
      ...right,
      paySign: signV2(renamed(right, mistake.rename), key, signType),
      ...mistake.send,
    }
    const viewer = { ...viewerOf(scene), userId: mistake.userId ?? scene.payer.id }
    const call = { viewer, page: { currentUrl: page, landingUrl: page }, parameters }
    return String(((await scene.control('phone/cashier', call)) as Parameters)['dialog'])
  }
  const said = words.startsWith('http') ? `当前页面的URL未注册：${words}` : words
  return refusal(zh, en, said, inScene(attempt, world))
}

function paid(
  zh: string,
  en: string,
  words: string,
  order: Record<string, string>,
  method?: string,
): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    const { prepay_id } = await scene.v2('/pay/unifiedorder', scene.order(order))
    const answer = await scene.control('pay', { prepay_id, method }).catch(String)
    return /"message":"(.*?)"/.exec(String(answer))?.[1] ?? String(answer)
  }
  const card = {
    bank: 'ICBC',
    name: '工商银行',
    kind: 'CREDIT',
    tail: '9999',
    balanceFen: 5_000_000,
  } as const
  return refusal(
    zh,
    en,
    words,
    inScene(attempt, ({ users: [user] }) => user?.bankCards.push(card)),
  )
}

function only(directory: string) {
  return ({ merchants: [merchant] }: World): void => {
    if (merchant) merchant.payDirectories = [directory]
  }
}

function renamed(given: Record<string, string>, rename: Paying['rename']): Record<string, string> {
  if (rename === undefined) return given
  const [from, to] = rename
  const { [from]: value = '', ...rest } = given
  return to === undefined ? rest : { ...rest, [to]: value }
}

function viewerOf({ payer }: MerchantScene): Viewer {
  return { userId: payer.id, device: 'ios', entry: 'menu' }
}

function pageSignature(ticket: string, url: string): string {
  const text = `jsapi_ticket=${ticket}&noncestr=N&timestamp=1&url=${url}`
  return createHash('sha1').update(text).digest('hex')
}

async function ticketOf({ account, json }: MerchantScene): Promise<string> {
  const { appid, secret } = account
  const body = JSON.stringify({ grant_type: 'client_credential', appid, secret })
  const { access_token: token } = await json('https://api.weixin.qq.com/cgi-bin/stable_token', {
    method: 'POST',
    body,
  })
  const answer = await json(
    `https://api.weixin.qq.com/cgi-bin/ticket/getticket?access_token=${token}&type=jsapi`,
  )
  return String(answer['ticket'])
}
