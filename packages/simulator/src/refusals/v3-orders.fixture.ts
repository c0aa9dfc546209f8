/** What merchants do wrong in the signatures, headers and orders of Pay v3. */
import {
  certificateOf,
  openV3Scene,
  signature,
  type V3Change,
  type V3Reply,
  type V3Scene,
} from '../pay-v3/merchant-v3.fixture.ts'
import type { World } from '../world.ts'
import { type Chapter, NUMBER, type Refusal, refusal } from './refusal.fixture.ts'

const JSAPI = '/v3/pay/transactions/jsapi'
const REFUNDS = '/v3/refund/domestic/refunds'
const SIGN_ERROR = '401 SIGN_ERROR 签名错误'
const BAD_FIELD = '400 PARAM_ERROR '

type Changing = (scene: V3Scene) => V3Change | Promise<V3Change>

export const v3Front: Chapter = {
  title: '付款 v3：签名与报文头 / Pay v3: signature and headers',
  form: 'status, `code`, `message`',
  refusals: [
    order('没有 Authorization', 'no Authorization', '401 SIGN_ERROR 签名信息错误，验签失败', (scene) => ({
      body: scene.v3Order(),
      headers: { authorization: undefined },
    })),
    call(
      '退款没有 Authorization',
      'no Authorization on a refund',
      REFUNDS,
      '401 SIGN_ERROR Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》',
      () => ({ body: {}, headers: { authorization: undefined } }),
    ),
    call(
      '认证类型不对',
      'another kind of Authorization',
      REFUNDS,
      '401 SIGN_ERROR HTTP头Authorization认证类型不正确',
      () => ({ body: {}, headers: { authorization: 'Bearer abc' } }),
    ),
    call('没有 Accept', 'no Accept', REFUNDS, '400 INVALID_REQUEST Http头缺少Accept或User-Agent', () => ({
      body: {},
      headers: { accept: undefined },
    })),
    call(
      '没有 User-Agent',
      'no User-Agent',
      REFUNDS,
      '400 INVALID_REQUEST Http头缺少Accept或User-Agent',
      () => ({ body: {}, headers: { 'user-agent': undefined } }),
    ),
    order(
      '时间戳超过五分钟',
      'a stale timestamp',
      '401 SIGN_ERROR Http头Authorization中的timestamp与发起请求的时间不得超过5分钟',
      (scene) => ({
        body: scene.v3Order(),
        signed: { timestamp: String(Math.floor(scene.simulator.now() / 1000) - 301) },
      }),
    ),
    order(
      '证书序列号不对',
      'a wrong serial',
      '401 SIGN_ERROR 商户证书序列号有误。请使用签名私钥匹配的证书序列号',
      (scene) => ({
        body: scene.v3Order(),
        claim: { serial_no: '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB' },
      }),
    ),
    order(
      '用了别的商户的证书',
      "another merchant's certificate",
      '401 SIGN_ERROR 商户证书序列号有误。请使用签名私钥匹配的证书序列号',
      (scene) => ({
        body: scene.v3Order(),
        claim: { serial_no: certificateOf({ ...scene.merchant, mchid: '1900000109' }).serial },
      }),
    ),
    order('用别的商户的私钥签名', "signed with another merchant's key", SIGN_ERROR, async (scene) => ({
      body: scene.v3Order(),
      claim: {
        signature: await signature(
          certificateOf({ ...scene.merchant, mchid: '1900000109' }).privateKeyPem,
          'x',
        ),
      },
    })),
    order('商户号不存在', 'a merchant number nobody has', SIGN_ERROR, (scene) => ({
      body: scene.v3Order(),
      claim: { mchid: '1900007291' },
    })),
    order('签名后报文又序列化了一次', 'the body serialised anew after signing', SIGN_ERROR, (scene) => ({
      body: JSON.stringify(scene.v3Order(), null, 2),
      signed: { body: JSON.stringify(scene.v3Order()) },
    })),
    order('签名串末尾少了换行', 'the last line feed left out', SIGN_ERROR, (scene) => {
      const body = JSON.stringify(scene.v3Order())
      const timestamp = Math.floor(scene.simulator.now() / 1000)
      return {
        body,
        signed: { message: `POST\n${JSAPI}\n${timestamp}\n593BEC0C930BF1AFEB40B4A08C8FB242\n${body}` },
      }
    }),
    order('签名用了完整网址', 'the whole address signed', SIGN_ERROR, (scene) => ({
      body: scene.v3Order(),
      signed: { target: `https://api.mch.weixin.qq.com${JSAPI}` },
    })),
    query('查询参数没有签名', 'the query string not signed', SIGN_ERROR, ({ merchant }) => ({
      target: `/v3/pay/transactions/out-trade-no/${NUMBER}?mchid=${merchant.mchid}`,
      change: { signed: { target: `/v3/pay/transactions/out-trade-no/${NUMBER}` } },
    })),
    call('路径写错', 'a path that does not exist', '/v3/pay/transactions/jsap', '404', () => ({ body: {} })),
    call('方法写错', 'the wrong method', JSAPI, '405', () => ({ method: 'GET' })),
  ],
}

export const v3Orders: Chapter = {
  title: '付款 v3：下单、查询、关单 / Pay v3: ordering, querying, closing',
  form: 'status, `code`, `message`',
  refusals: [
    fields(
      '缺少必填参数',
      'a required member left out',
      { appid: undefined },
      '输入源“/body/appid”映射到字段“公众号ID”必填性规则校验失败，此字段为必填项',
    ),
    fields(
      '没有 openid',
      'no openid',
      { payer: {} },
      '输入源“/body/payer/openid”映射到字段“用户标识”必填性规则校验失败，此字段为必填项',
    ),
    fields(
      '金额以元为单位',
      'an amount in yuan',
      { amount: { total: 0.01 } },
      '无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，此字段需要一个合法的 64 位有符号整数',
    ),
    fields(
      '金额写成字符串',
      'an amount in quotes',
      { amount: { total: '100' } },
      '无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，此字段需要一个合法的 64 位有符号整数',
    ),
    fields(
      '金额为 0',
      'an amount of 0',
      { amount: { total: 0 } },
      '输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1',
    ),
    fields(
      '商品描述过长',
      'description too long',
      { description: '茶'.repeat(43) },
      '输入源“/body/description”映射到值字段“商品描述”字符串规则校验失败，字节数 129，大于最大值 127',
    ),
    fields(
      '商户订单号过短',
      'out_trade_no too short',
      { out_trade_no: 'T01' },
      '输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 3，小于最小值 6',
    ),
    fields(
      '通知地址带参数',
      'notify_url with a query',
      { notify_url: 'https://a.example.com/n?a=1' },
      String.raw`输入源“/body/notify_url”映射到值字段“通知地址”字符串规则校验失败，字符串必须匹配正则表达式“^https?://([^\s/?#\[\]\@]+\@)?([^\s/?#\@:]+)(?::\d{2,5})?([^\s?#\[\]]*)$”`,
    ),
    fields('多了文档没有的参数', 'an extra parameter', { openid: 'o1' }, '请求中含有未在API文档中定义的参数'),
    fields(
      '描述里有表情',
      'an emoji in the description',
      { description: '茶🍵' },
      '输入源“/body/description”映射到值字段“商品描述”字符串规则校验失败，只能包含 1 到 3 个字节的 UTF-8 字符',
    ),
    fields(
      '报文里是别的商户号',
      "another merchant's number in the body",
      { mchid: '1900007291' },
      'http header中的mchid与post payload中的mchid不匹配',
    ),
    fields('openid 不存在', 'an openid nobody has', { payer: { openid: 'oNobody' } }, '无效的openid'),
    order(
      'appid 未与商户号绑定',
      'an appid not bound to the merchant',
      '400 APPID_MCHID_NOT_MATCH appid和mch_id不匹配',
      (scene) => ({ body: scene.v3Order({ appid: 'wx0000000000000000' }) }),
    ),
    order(
      '没有开通产品',
      'the product not opened',
      '403 NO_AUTH 商户号该产品权限未开通，请前往商户平台>产品中心检查后重试',
      (scene) => ({ body: scene.v3Order() }),
      ({ merchants: [merchant] }) => {
        if (merchant) merchant.permissions.jsapi = false
      },
    ),
    order(
      '报文不是 JSON',
      'no JSON',
      "400 PARAM_ERROR 解析 Json 出错 (位置: /body): * Line 1, Column 10\n  Missing ':' after object member name\n",
      () => ({ body: '{"appid" "wx"}' }),
    ),
    query(
      '查询没有带 mchid',
      'a query without mchid',
      '400 PARAM_ERROR 输入源“/query/mchid”映射到字段“直连商户号”必填性规则校验失败，此字段为必填项',
      () => ({
        target: `/v3/pay/transactions/out-trade-no/${NUMBER}`,
      }),
    ),
  ],
}

/** Status, code and text; of the texts that nobody has published, only the code. */
export function saidByV3({ status, json }: V3Reply, words: string): string {
  const said = [status, json['code'], json['message']].filter((part) => part !== undefined).join(' ')
  return /^\d+ [A-Z_]+$/.test(words) ? said.split(' ').slice(0, 2).join(' ') : said
}

function call(
  zh: string,
  en: string,
  target: string,
  words: string,
  change: Changing,
  world?: (world: World) => void,
): Refusal {
  return refusal(zh, en, words, async () => {
    const scene = openV3Scene(world)
    return saidByV3(await scene.v3(target, await change(scene)), words)
  })
}

function order(
  zh: string,
  en: string,
  words: string,
  change: Changing,
  world?: (world: World) => void,
): Refusal {
  return call(zh, en, JSAPI, words, change, world)
}

function fields(zh: string, en: string, change: object, text: string): Refusal {
  return order(zh, en, BAD_FIELD + text, (scene) => ({ body: scene.v3Order(change) }))
}

function query(
  zh: string,
  en: string,
  words: string,
  asking: (scene: V3Scene) => { target: string; change?: V3Change },
): Refusal {
  return refusal(zh, en, words, async () => {
    const scene = openV3Scene()
    await scene.v3Paid()
    const { target, change } = asking(scene)
    return saidByV3(await scene.v3(target, change), words)
  })
}
