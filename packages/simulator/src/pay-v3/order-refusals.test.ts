/** What `/v3/pay/transactions/jsapi` refuses, with status, code, detail and text as the service answers. */
import { describe, expect, test } from 'vitest'
import { openV3Scene, type V3Scene } from './merchant-v3.fixture.ts'

const JSAPI = '/v3/pay/transactions/jsapi'
const NUMBER_RULE = String.raw`^[0-9a-zA-Z_\-\|\*]+$`
const URL_RULE = String.raw`^https?://([^\s/?#\[\]\@]+\@)?([^\s/?#\@:]+)(?::\d{2,5})?([^\s?#\[\]]*)$`

async function refused(changed: object): Promise<unknown> {
  const scene = openV3Scene()
  const reply = await scene.v3(JSAPI, { body: scene.v3Order(changed) })
  expect(reply.status).toBe(400)
  return reply.json
}

const parameterError = (value: unknown, message: string, location: string | null = 'body'): object => ({
  code: 'PARAM_ERROR',
  detail: { location, value },
  message,
})
const text = (field: string, label: string, rule: string): string =>
  `输入源“/body/${field}”映射到值字段“${label}”字符串规则校验失败，${rule}`
const missing = (field: string, label: string): string =>
  `输入源“/body/${field}”映射到字段“${label}”必填性规则校验失败，此字段为必填项`
const mistyped = (field: string, label: string, wanted: string): string =>
  `无法将 JSON 输入源“/body/${field}”映射到目标字段“${label}”中，此字段需要${wanted}`

describe('fields', () => {
  test.each<[string, object, unknown, string]>([
    ['no appid', { appid: undefined }, '', missing('appid', '公众号ID')],
    ['no payer', { payer: undefined }, '', missing('payer', '支付者')],
    ['no openid', { payer: {} }, '', missing('payer/openid', '用户标识')],
    ['no total', { amount: { currency: 'CNY' } }, '', missing('amount/total', '总金额')],
    ['no notify_url', { notify_url: undefined }, '', missing('notify_url', '通知地址')],
    [
      'a number too short',
      { out_trade_no: 'T01' },
      3,
      text('out_trade_no', '商户订单号', '字节数 3，小于最小值 6'),
    ],
    [
      'a number too long',
      { out_trade_no: 'T'.repeat(33) },
      33,
      text('out_trade_no', '商户订单号', '字节数 33，大于最大值 32'),
    ],
    [
      'a number in Chinese',
      { out_trade_no: '订单号一' },
      '订单号一',
      text('out_trade_no', '商户订单号', `字符串必须匹配正则表达式“${NUMBER_RULE}”`),
    ],
    [
      'a description too long in bytes',
      { description: '茶'.repeat(43) },
      129,
      text('description', '商品描述', '字节数 129，大于最大值 127'),
    ],
    [
      'an empty description',
      { description: '' },
      0,
      text('description', '商品描述', '字节数 0，小于最小值 1'),
    ],
    [
      'a long attach',
      { attach: 'x'.repeat(129) },
      129,
      text('attach', '附加数据', '字节数 129，大于最大值 128'),
    ],
    [
      'an address with a query',
      { notify_url: 'https://a.example.com/n?a=1' },
      'https://a.example.com/n?a=1',
      text('notify_url', '通知地址', `字符串必须匹配正则表达式“${URL_RULE}”`),
    ],
    [
      'an address with a space',
      { notify_url: 'https://a.example.com/ n' },
      'https://a.example.com/ n',
      text('notify_url', '通知地址', `字符串必须匹配正则表达式“${URL_RULE}”`),
    ],
    [
      'yuan in place of fen',
      { amount: { total: 0.01 } },
      0.01,
      mistyped('amount/total', '总金额', '一个合法的 64 位有符号整数'),
    ],
    [
      'a total in quotes',
      { amount: { total: '100' } },
      '100',
      mistyped('amount/total', '总金额', '一个合法的 64 位有符号整数'),
    ],
    [
      'nothing to pay',
      { amount: { total: 0 } },
      0,
      '输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1',
    ],
    [
      'a number in place of a text',
      { description: 7 },
      7,
      mistyped('description', '商品描述', '一个 string 类型的 Json 值'),
    ],
    ['null', { attach: null }, null, mistyped('attach', '附加数据', '一个 string 类型的 Json 值')],
    [
      'a list in place of an object',
      { amount: [{ total: 1 }] },
      [{ total: 1 }],
      mistyped('amount', '订单金额', '一个合法的 Json 对象'),
    ],
    [
      'another currency',
      { amount: { total: 1, currency: 'XYZ' } },
      'XYZ',
      text('amount/currency', '货币类型', '字符串必须匹配正则表达式“^(CNY)$”'),
    ],
    [
      'an emoji',
      { description: '茶🍵' },
      '茶🍵',
      text('description', '商品描述', '只能包含 1 到 3 个字节的 UTF-8 字符'),
    ],
    [
      'a time that is none',
      { time_expire: '2026-11-24 10:00:00' },
      '2026-11-24 10:00:00',
      text(
        'time_expire',
        '交易结束时间',
        String.raw`字符串必须匹配正则表达式“^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$”`,
      ),
    ],
  ])('%s', async (_what, changed, value, message) => {
    expect(await refused(changed)).toEqual(parameterError(value, message))
  })

  test('members that the documents do not know, all at once', async () => {
    const scene = openV3Scene()
    const changed = { openid: 'o1', amount: { total: 1, payer_total: 1 } }
    const reply = await scene.v3(JSAPI, { body: scene.v3Order(changed) })
    expect(reply.json).toEqual(
      parameterError(['/body/amount/payer_total', '/body/openid'], '请求中含有未在API文档中定义的参数', null),
    )
    expect(reply.headers.get('request-id')).toMatch(/-270924358$/)
  })

  test.each<[string, (scene: V3Scene) => object]>([
    [
      'another Content-Type',
      (scene) => ({ body: scene.v3Order(), headers: { 'content-type': 'text/plain' } }),
    ],
    ['no body', () => ({ method: 'POST' })],
  ])('%s: nothing is found where it is looked for', async (_what, change) => {
    const scene = openV3Scene()
    expect((await scene.v3(JSAPI, change(scene))).json).toEqual(
      parameterError('', '输入源“/appid”映射到字段“公众号ID”必填性规则校验失败，此字段为必填项', null),
    )
  })

  test('text that is no JSON', async () => {
    const scene = openV3Scene()
    const body = '{"appid" "wx"}'
    expect((await scene.v3(JSAPI, { body })).json).toEqual(
      parameterError(
        body,
        "解析 Json 出错 (位置: /body): * Line 1, Column 10\n  Missing ':' after object member name\n",
        null,
      ),
    )
  })

  test('what the path says may not be said again', async () => {
    const scene = openV3Scene()
    const body = { mchid: scene.merchant.mchid, out_trade_no: 'T20261124001' }
    const reply = await scene.v3('/v3/pay/transactions/out-trade-no/T20261124001/close', { body })
    expect(reply.json).toEqual(
      parameterError(
        'T20261124001',
        '无法将输入源“/body/out_trade_no”映射到目标字段“商户订单号”中，此字段并非多重字段但被输入源“/uri_template/out_trade_no”映射过了。',
      ),
    )
  })

  test('a number in the path is looked at like one in the body', async () => {
    const scene = openV3Scene()
    const reply = await scene.v3(`/v3/pay/transactions/out-trade-no/T01?mchid=${scene.merchant.mchid}`)
    expect(reply.json).toEqual(
      parameterError(
        3,
        '输入源“/uri_template/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 3，小于最小值 6',
        'uri_template',
      ),
    )
  })

  test('a query without mchid', async () => {
    const reply = await openV3Scene().v3('/v3/pay/transactions/out-trade-no/T20261124001')
    expect(reply.json).toEqual(
      parameterError(
        '',
        '输入源“/query/mchid”映射到字段“直连商户号”必填性规则校验失败，此字段为必填项',
        'query',
      ),
    )
  })
})

describe('who and what', () => {
  test('another merchant’s number in the body', async () => {
    expect(await refused({ mchid: '1900007291' })).toEqual({
      code: 'PARAM_ERROR',
      message: 'http header中的mchid与post payload中的mchid不匹配',
    })
  })

  test.each([
    [
      'an account that is not bound',
      { appid: 'wx0000000000000000' },
      'APPID_MCHID_NOT_MATCH',
      'appid和mch_id不匹配',
    ],
    ['an openid of nobody', { payer: { openid: 'oNobody' } }, 'PARAM_ERROR', '无效的openid'],
  ])('%s', async (_what, changed, code, message) => {
    expect(await refused(changed)).toEqual({ code, message })
  })

  test('an openid that another account gave', async () => {
    const scene = openV3Scene(({ officialAccounts, users }) => {
      const [account] = officialAccounts
      if (account !== undefined) officialAccounts.push({ ...account, appid: 'wx1111111111111111' })
      for (const user of users) user.openids['wx1111111111111111'] = `other-${user.id}`
    })
    const reply = await scene.v3(JSAPI, { body: scene.v3Order({ payer: { openid: 'other-xiaoming' } }) })
    expect(reply.json).toEqual({ code: 'PARAM_ERROR', message: 'appid和openid不匹配' })
  })

  test('a merchant without the product', async () => {
    const scene = openV3Scene(({ merchants }) => {
      for (const merchant of merchants) merchant.permissions.jsapi = false
    })
    const reply = await scene.v3(JSAPI, { body: scene.v3Order() })
    expect([reply.status, reply.json]).toEqual([
      403,
      { code: 'NO_AUTH', message: '商户号该产品权限未开通，请前往商户平台>产品中心检查后重试' },
    ])
  })
})
