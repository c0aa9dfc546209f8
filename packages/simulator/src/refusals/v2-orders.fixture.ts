/** What merchants do wrong in 统一下单, 查询订单 and 关闭订单. */
import { createHash } from 'node:crypto'
import type { MerchantScene } from '../merchant.fixture.ts'
import { signV2 } from '../pay-v2/sign.ts'
import type { World } from '../world.ts'
import { type Chapter, inScene, NUMBER, type Refusal, refusal, saidByV2 } from './refusal.fixture.ts'

type Fields = Record<string, string>

const WRONG_SIGN = 'FAIL 签名错误'
const MALFORMED = 'FAIL 参数格式校验错误'

export const v2Front: Chapter = {
  title: '付款 v2：签名与报文 / Pay v2: signature and message',
  form: '`return_code` `FAIL` + `return_msg`',
  refusals: [
    signed('签名不对', 'a wrong signature', () => 'A'.repeat(32)),
    signed(
      '用 HMAC-SHA256 签名，却没有写 sign_type',
      'signed with HMAC-SHA256, sign_type left out',
      ({ order, merchant }) => signV2(order(), merchant.apiKey, 'HMAC-SHA256'),
    ),
    signed('空值参与签名', 'an empty value signed', ({ order, merchant }) =>
      md5(`${canonical(order()).replace('&body=', '&attach=&body=')}&key=${merchant.apiKey}`),
    ),
    signed('参数未按字典序排序', 'fields not sorted', ({ order, merchant }) =>
      md5(`${joined(Object.entries(order()))}&key=${merchant.apiKey}`),
    ),
    signed('值先做了 URL 编码再签名', 'values URL-encoded before signing', ({ order, merchant }) =>
      md5(
        `${joined(sorted(order()).map(([name, value]) => [name, encodeURIComponent(value)]))}&key=${merchant.apiKey}`,
      ),
    ),
    signed('密钥写成小写', 'the key in lower case', ({ order, merchant }) =>
      signV2(order(), merchant.apiKey.toLowerCase(), 'MD5'),
    ),
    signed('签名结果为小写', 'the signature in lower case', ({ order, merchant }) =>
      signV2(order(), merchant.apiKey, 'MD5').toLowerCase(),
    ),
    signed('用 APIv3 密钥给 v2 签名', 'the APIv3 key used for v2', ({ order, merchant }) =>
      signV2(order(), merchant.apiV3Key ?? '', 'MD5'),
    ),
    signed('用 AppSecret 代替商户密钥', 'the AppSecret used for the key', ({ order, account }) =>
      signV2(order(), account.secret, 'MD5'),
    ),
    signed('按 GBK 编码签名', 'signed as GBK', ({ order, merchant }) => gbkSigned(order(), merchant.apiKey)),
    changed('商户号不存在', 'a merchant number nobody has', { mch_id: '1900000000' }, WRONG_SIGN),
    raw(
      '报文不是 UTF-8',
      'a body that is not UTF-8',
      new Uint8Array([0x3c, 0xb2, 0xe8]),
      'FAIL 编码格式错误',
    ),
    raw('报文是 JSON', 'JSON for XML', '{"appid":"wx"}', 'FAIL XML格式错误'),
    raw('报文带 DTD', 'a body with a DTD', '<!DOCTYPE xml><xml></xml>', 'FAIL XML格式错误'),
    raw('报文为空', 'no body', '', 'FAIL post数据为空'),
    raw('用 GET 调用', 'GET', undefined, 'FAIL 请使用post方法'),
    changed('缺少必填参数', 'a required field left out', { body: '' }, 'FAIL 缺少参数'),
    changed(
      '商户号不是数字',
      'a merchant number that is no number',
      { mch_id: 'mch' },
      'FAIL mch_id参数格式错误',
    ),
    changed('sign_type 不存在', 'an unknown sign_type', { sign_type: 'RSA' }, MALFORMED),
    changed(
      '随机字符串过长',
      'nonce_str too long',
      { nonce_str: 'n'.repeat(33) },
      tooLong('nonce_str', '随机字符串', 33, 32),
    ),
  ],
}

export const v2Orders: Chapter = {
  title: '付款 v2：下单、查询、关单 / Pay v2: ordering, querying, closing',
  form: '`return_code` `FAIL` + `return_msg`, or `err_code` + `err_code_des`',
  refusals: [
    changed('金额带小数', 'an amount with decimals', { total_fee: '128.00' }, MALFORMED),
    changed('金额为 0', 'an amount of 0', { total_fee: '0' }, MALFORMED),
    changed(
      '商品描述超过 128 字节',
      'body over 128 bytes',
      { body: '茶'.repeat(43) },
      tooLong('body', '商品描述', 129, 128),
    ),
    changed(
      '商户订单号超过 32 位',
      'out_trade_no over 32',
      { out_trade_no: 'T'.repeat(33) },
      tooLong('out_trade_no', '商户订单号', 33, 32),
    ),
    changed('商户订单号少于 6 位', 'out_trade_no under 6', { out_trade_no: 'T1' }, MALFORMED),
    changed('商户订单号含 @', 'out_trade_no with @', { out_trade_no: 'T2026@1124' }, MALFORMED),
    changed(
      '附加数据过长',
      'attach too long',
      { attach: 'a'.repeat(128) },
      tooLong('attach', '附加数据', 128, 127),
    ),
    changed(
      '通知地址带参数',
      'notify_url with a query',
      { notify_url: 'https://shop.example.com/n?x=1' },
      MALFORMED,
    ),
    changed('通知地址不是完整网址', 'notify_url without a host', { notify_url: '/notify' }, MALFORMED),
    changed(
      '终端 IP 不是 IP',
      'spbill_create_ip that is no address',
      { spbill_create_ip: 'localhost' },
      MALFORMED,
    ),
    changed(
      '失效时间过近',
      'time_expire too soon',
      { time_expire: '20261124100059' },
      'FAIL time_expire时间过短，刷卡至少1分钟，其他5分钟',
    ),
    changed('没有传 openid', 'openid missing', { openid: '' }, 'FAIL JSAPI支付必须传openid'),
    changed('openid 不存在', 'an openid nobody has', { openid: 'oNobody' }, 'PARAM_ERROR 无效的openid'),
    changed(
      '用了别的公众号的 openid',
      'the openid of another appid',
      { openid: 'oElsewhere' },
      'PARAM_ERROR appid和openid不匹配',
      withOtherOpenid,
    ),
    changed('appid 不存在', 'an appid nobody has', { appid: 'wx0000000000000000' }, 'FAIL appid不存在'),
    changed(
      'appid 未与商户号绑定',
      'an appid not bound to the merchant',
      {},
      'FAIL appid和mch_id不匹配',
      ({ merchants: [merchant] }) => {
        if (merchant) merchant.appids = []
      },
    ),
    changed(
      '没有 JSAPI 支付产品',
      'the product JSAPI not opened',
      {},
      'FAIL 您没有JSAPI支付权限',
      ({ merchants: [merchant] }) => {
        if (merchant) merchant.permissions.jsapi = false
      },
    ),
    changed(
      '用没有开通的支付方式下单',
      'a trade_type not opened',
      { trade_type: 'NATIVE' },
      'NOAUTH 商户无此接口权限',
    ),
    later(
      '同一订单号，金额不同',
      'the same number, another amount',
      { total_fee: '1' },
      'INVALID_REQUEST 201 商户订单号重复',
      async ({ v2, order }) => {
        await v2('/pay/unifiedorder', order())
      },
    ),
    later(
      '同一订单号，另一位用户',
      'the same number, another payer',
      { openid: 'oAnother' },
      'OUT_TRADE_NO_USED 商户订单号重复',
      async ({ v2, order }) => {
        await v2('/pay/unifiedorder', order())
      },
      ({ behaviour }) => {
        behaviour.reentryRefusal = 'OUT_TRADE_NO_USED'
      },
    ),
    later('订单已支付，又来下单', 'ordering what is paid', {}, 'ORDERPAID 商户订单已支付', ({ paid }) =>
      paid(),
    ),
    later('订单已关闭，又来下单', 'ordering what is closed', {}, 'ORDERCLOSED 订单已关闭', closed),
    call(
      '查询不存在的订单',
      'querying an order nobody placed',
      '/pay/orderquery',
      'ORDERNOTEXIST 此交易订单号不存在',
    ),
    call(
      '查询时没有任何单号',
      'querying without a number',
      '/pay/orderquery',
      'FAIL 缺少参数',
      undefined,
      {},
    ),
    call('关闭不存在的订单', 'closing an order nobody placed', '/pay/closeorder', 'ORDERNOTEXIST 订单不存在'),
    call('关闭已支付的订单', 'closing what is paid', '/pay/closeorder', 'ORDERPAID 订单已支付', ({ paid }) =>
      paid(),
    ),
    call('重复关闭订单', 'closing twice', '/pay/closeorder', 'ORDERCLOSED 订单已关闭', closed),
  ],
}

/** A unified order with some fields changed, signed rightly. */
function changed(
  zh: string,
  en: string,
  change: Fields,
  words: string,
  world?: (world: World) => void,
): Refusal {
  return later(zh, en, change, words, async () => undefined, world)
}

function later(
  zh: string,
  en: string,
  change: Fields,
  words: string,
  before: (scene: MerchantScene) => Promise<void>,
  world?: (world: World) => void,
): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    await before(scene)
    return saidByV2(await scene.v2('/pay/unifiedorder', scene.order(change)))
  }
  return refusal(zh, en, words, inScene(attempt, world))
}

function signed(zh: string, en: string, sign: (scene: MerchantScene) => string): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> =>
    saidByV2(await scene.v2('/pay/unifiedorder', scene.order({ sign: sign(scene) })))
  return refusal(zh, en, WRONG_SIGN, inScene(attempt))
}

function raw(
  zh: string,
  en: string,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  words: string,
): Refusal {
  const attempt = async ({ send }: MerchantScene): Promise<string> => {
    const init = body === undefined ? {} : { method: 'POST', body }
    const response = await send('https://api.mch.weixin.qq.com/pay/unifiedorder', init)
    const text = /<return_msg><!\[CDATA\[(.*)\]\]>/.exec(await response.text())?.[1]
    return `FAIL ${text}`
  }
  return refusal(zh, en, words, inScene(attempt))
}

function call(
  zh: string,
  en: string,
  path: string,
  words: string,
  before: (scene: MerchantScene) => Promise<void> = async () => undefined,
  number: Fields = { out_trade_no: NUMBER },
): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    await before(scene)
    return saidByV2(await scene.v2(path, { ...scene.credentials(), ...number }))
  }
  return refusal(zh, en, words, inScene(attempt))
}

async function closed({ v2, order, credentials }: MerchantScene): Promise<void> {
  await v2('/pay/unifiedorder', order())
  await v2('/pay/closeorder', { ...credentials(), out_trade_no: NUMBER })
}

function withOtherOpenid({ users: [user] }: World): void {
  if (user) user.openids['wx00000000000000ff'] = 'oElsewhere'
}

function tooLong(name: string, label: string, bytes: number, most: number): string {
  return `FAIL 输入源“/body/xml/${name}”映射到值字段“${label}”字符串规则校验失败，字节数 ${bytes}，大于最大值 ${most}`
}

const md5 = (text: string | Uint8Array): string => createHash('md5').update(text).digest('hex').toUpperCase()
const joined = (pairs: [string, string][]): string => pairs.map((pair) => pair.join('=')).join('&')
const sorted = (fields: Fields): [string, string][] =>
  Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1))
const canonical = (fields: Fields): string => joined(sorted(fields))

/** The description of the order in GBK, byte for byte. */
function gbkSigned(fields: Fields, key: string): string {
  const [before = '', after = ''] = `${canonical(fields)}&key=${key}`.split(fields['body'] ?? '')
  const tea = Buffer.from('c9bdbce4b2e8cac220c3f7c7b0c1faBEae'.toLowerCase(), 'hex')
  return md5(Buffer.concat([Buffer.from(before), tea, Buffer.from(after)]))
}
