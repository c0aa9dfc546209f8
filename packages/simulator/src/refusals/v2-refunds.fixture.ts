/** What merchants do wrong with refunds, client certificates and bills of v2. */
import { merchantCertificate } from '../certificates/certificates.ts'
import type { Connection } from '../entry/front.ts'
import type { MerchantScene } from '../merchant.fixture.ts'
import type { World } from '../world.ts'
import { type Chapter, inScene, NUMBER, type Refusal, refusal, saidByV2 } from './refusal.fixture.ts'

type Fields = Record<string, string>
type Step = (scene: MerchantScene) => Promise<unknown>

const DAY = 24 * 3600
const MISMATCH = 'INVALID_REQUEST 订单金额或退款金额与之前请求不一致，请核实后再试'

export const v2Certificates: Chapter = {
  title: '付款 v2：商户证书 / Pay v2: client certificates',
  form: 'HTTP 400 and a page, or `err_code` + `err_code_des`',
  refusals: [
    certificate(
      '退款没有带证书',
      'a refund without a certificate',
      {},
      '400 No required SSL certificate was sent',
    ),
    certificate(
      '资金账单没有带证书',
      'a fund-flow bill without one',
      {},
      '400 No required SSL certificate was sent',
      '/pay/downloadfundflow',
    ),
    certificate(
      '证书不是微信签发的',
      'a certificate that WeChat did not issue',
      { clientCertificatePem: foreign() },
      '400 The SSL certificate error',
    ),
    refusal(
      '用了别的商户的证书',
      "another merchant's certificate",
      'CERT_ERROR 证书校验错误',
      inScene(async (scene) => {
        await scene.paid()
        const { v2, refundOf, withCertificate } = scene
        return saidByV2(await v2('/secapi/pay/refund', refundOf(), withCertificate('1600000009')))
      }),
    ),
  ],
}

export const v2Refunds: Chapter = {
  title: '付款 v2：退款与撤销 / Pay v2: refunds and reversals',
  form: '`return_code` `FAIL` + `return_msg`, or `err_code` + `err_code_des`',
  refusals: [
    refund('退款大于订单金额', 'more than the order', { refund_fee: '12801' }, 'FAIL invalid refund_fee'),
    refund(
      '退款大于剩余金额',
      'more than is left',
      { refund_fee: '12800' },
      'INVALID_REQUEST refund_fee大于可退金额',
      refunded('100'),
    ),
    refund(
      '订单已全部退款',
      'nothing is left',
      { refund_fee: '1' },
      'ERROR 订单已全额退款',
      refunded('12800'),
    ),
    refund(
      '同一退款单号，金额不同',
      'the same out_refund_no, another amount',
      { out_refund_no: 'R0', refund_fee: '200' },
      MISMATCH,
      refunded('100'),
    ),
    refund('订单总金额写错', 'a wrong total_fee', { total_fee: '12801', refund_fee: '1' }, MISMATCH),
    refund('退款金额带小数', 'an amount with decimals', { refund_fee: '1.00' }, 'FAIL 参数格式校验错误'),
    refund('没有订单号', 'no number of the order', { out_trade_no: '' }, 'FAIL 缺少参数'),
    refund(
      '订单没有支付',
      'an order nobody paid',
      { out_trade_no: 'T20261124002' },
      'ORDERNOTEXIST 订单号不存在',
      ({ v2, order }) => v2('/pay/unifiedorder', order({ out_trade_no: 'T20261124002' })),
    ),
    refund(
      '微信订单号不存在',
      'an unknown transaction_id',
      { transaction_id: '42' },
      'INVALID_TRANSACTIONID 无效transaction_id',
    ),
    refusal(
      '两个单号不是同一笔订单',
      'two numbers of two orders',
      'INVALID_REQUEST 支付单号校验不一致，请核实后再试',
      inScene(async (scene) => {
        await scene.paid()
        const { transaction_id = '' } = await scene.v2('/pay/orderquery', {
          ...scene.credentials(),
          out_trade_no: NUMBER,
        })
        const both = scene.refundOf({ transaction_id, out_trade_no: 'T20261124002' })
        return saidByV2(await scene.v2('/secapi/pay/refund', both))
      }),
    ),
    refund(
      '同一订单退款超过 50 次',
      'more than 50 refunds of one order',
      { refund_fee: '1' },
      'INVALID_REQUEST 请求参数符合参数格式，但不符合业务规则',
      async (scene) => {
        for (let count = 0; count < 50; count += 1)
          await scene.v2(
            '/secapi/pay/refund',
            scene.refundOf({ out_refund_no: `R-${count}`, refund_fee: '1' }),
          )
      },
    ),
    refund(
      '支付已超过一年',
      'a year after the payment',
      {},
      'TRADE_OVERDUE 订单已经超过退款期限',
      async ({ pass }) => pass(365 * DAY),
    ),
    refund(
      '商户余额不足',
      'more than the merchant has',
      { refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS' },
      'NOTENOUGH 基本账户余额不足，请充值后重新发起',
    ),
    refund(
      '用户已注销',
      'the payer has left WeChat',
      {},
      'USER_ACCOUNT_ABNORMAL 用户账户异常或已注销，不能原路退回，请使用其他方式进行退款。',
      undefined,
      ({ users: [user] }) => {
        if (user) user.accountClosed = true
      },
    ),
    refund(
      '没有退款权限',
      'a merchant that may not refund',
      {},
      'NOAUTH 商户无此接口权限',
      undefined,
      ({ merchants: [merchant] }) => {
        if (merchant) merchant.permissions.refund = false
      },
    ),
    refusal(
      '同一退款单号，金额不同（按文档）',
      'the same number, another amount, as documented',
      'REFUND_FEE_MISMATCH 订单金额或退款金额与之前请求不一致，请核实后再试',
      inScene(
        async (scene) => {
          await scene.paid()
          return saidByV2(await scene.v2('/secapi/pay/refund', scene.refundOf({ total_fee: '12801' })))
        },
        ({ behaviour }) => {
          behaviour.refundMismatch = 'REFUND_FEE_MISMATCH'
        },
      ),
    ),
    faulty('refund-needs-retry', 'BIZERR_NEED_RETRY 退款业务流程错误，需要商户触发重试来解决', [
      '退款流程要求重试（故障）',
      'a refund to be asked for again (a fault)',
    ]),
    faulty('refund-not-ready', 'ORDER_NOT_READY 订单处理中，暂时无法退款，请稍后再试', [
      '订单处理中（故障）',
      'an order still in the works (a fault)',
    ]),
    faulty('refund-too-many-invalid', 'INVALID_REQ_TOO_MUCH 无效请求过多', [
      '无效退款请求过多（故障）',
      'too many refused requests (a fault)',
    ]),
    faulty('frequency-limited', 'FREQUENCY_LIMITED 频率限制', [
      '退款过于频繁（故障）',
      'refunds too often (a fault)',
    ]),
    faulty('system-error-before-effect', 'SYSTEMERROR 接口返回错误', [
      '微信系统错误（故障）',
      "an error of WeChat's own (a fault)",
    ]),
    query(
      '查询不存在的退款',
      'querying a refund nobody asked for',
      { out_refund_no: 'R9' },
      'REFUNDNOTEXIST 退款订单查询失败',
    ),
    query(
      '分页超出退款总数',
      'an offset beyond the last refund',
      { out_trade_no: NUMBER, offset: '1' },
      'PARAM_ERROR 参数错误',
      refunded('100'),
    ),
    refusal(
      '撤销 JSAPI 订单',
      'reversing an order of JSAPI',
      'NOT_ALLOW 订单的支付场景不支持该请求',
      inScene(async (scene) => {
        await scene.paid()
        return saidByV2(
          await scene.v2('/secapi/pay/reverse', { ...scene.credentials(), out_trade_no: NUMBER }),
        )
      }),
    ),
  ],
}

export const v2Bills: Chapter = {
  title: '付款 v2：账单 / Pay v2: bills',
  form: '`return_msg` + `error_code`, or `err_code` + `err_code_des`',
  refusals: [
    bill('账单还没有生成（十点以前）', 'before ten in the morning', {}, '20002 Bill Creating', DAY - 1),
    bill('当天没有交易', 'a day without trades', { bill_date: '20261120' }, '20002 No Bill Exist'),
    bill(
      '账单超过三个月',
      'a bill of more than three months ago',
      { bill_date: '20260801' },
      '20001 invalid bill_date',
    ),
    bill('下载当天的账单', 'a bill of today', { bill_date: '20261125' }, '20001 invalid bill_date'),
    bill('日期带横线', 'a date with dashes', { bill_date: '2026-11-24' }, '20001 invalid bill_date'),
    bill('账单类型写错', 'an unknown bill_type', { bill_type: 'all' }, '20001 invalid bill_type'),
    bill(
      '压缩格式写错',
      'an unknown tar_type',
      { tar_type: 'ZIP' },
      '20001 invalid tar_type, Only GZIP supported',
    ),
    bill('签名不对', 'a wrong signature', { sign: 'A'.repeat(32) }, '20001 sign error'),
    flow('资金账单用 MD5 签名', 'a fund-flow bill signed with MD5', { sign_type: 'MD5' }, 'FAIL 签名错误'),
    flow('资金账单还没有生成', 'a fund-flow bill before ten', {}, 'BILL_CREATING 账单生成中', DAY - 1),
    flow('资金账单没有流水', 'a day without any flow', { bill_date: '20261120' }, 'NO_BILL_EXIST 账单不存在'),
    flow('资金账户类型写错', 'an unknown account_type', { account_type: 'BASIC' }, 'PARAM_ERROR 参数错误'),
  ],
}

function certificate(
  zh: string,
  en: string,
  connection: Connection,
  words: string,
  path = '/secapi/pay/refund',
): Refusal {
  const attempt = async ({ send }: MerchantScene): Promise<string> => {
    const init = { method: 'POST', body: '<xml></xml>' }
    const response = await send(`https://api.mch.weixin.qq.com${path}`, init, connection)
    return /<title>(.*)<\/title>/.exec(await response.text())?.[1] ?? ''
  }
  return refusal(zh, en, words, inScene(attempt))
}

/** Of the same merchant, by the authority of another simulator. */
function foreign(): string {
  return merchantCertificate({
    seed: 'elsewhere',
    mchid: '1600000001',
    name: '别处',
    startedAt: Date.UTC(2026, 0),
  }).certificatePem
}

function refund(
  zh: string,
  en: string,
  change: Fields,
  words: string,
  before: Step = async () => undefined,
  world?: (world: World) => void,
): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    await scene.paid()
    await before(scene)
    return saidByV2(await scene.v2('/secapi/pay/refund', scene.refundOf(change)))
  }
  return refusal(zh, en, words, inScene(attempt, world))
}

function faulty(kind: string, words: string, [zh, en]: [string, string]): Refusal {
  return refund(zh, en, {}, words, ({ control }) =>
    control('faults', { kind, match: { path: '/secapi/pay/refund' } }),
  )
}

function refunded(fee: string): Step {
  return ({ v2, refundOf }) => v2('/secapi/pay/refund', refundOf({ out_refund_no: 'R0', refund_fee: fee }))
}

function query(
  zh: string,
  en: string,
  fields: Fields,
  words: string,
  before: Step = async () => undefined,
): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    await scene.paid()
    await before(scene)
    return saidByV2(await scene.v2('/pay/refundquery', { ...scene.credentials(), ...fields }))
  }
  return refusal(zh, en, words, inScene(attempt))
}

function bill(zh: string, en: string, change: Fields, words: string, seconds: number = DAY): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    await scene.paid()
    scene.pass(seconds)
    const asked = { ...scene.credentials(), bill_date: '20261124', bill_type: 'ALL', ...change }
    const { error_code: code, return_msg: text } = await scene.v2('/pay/downloadbill', asked)
    return `${code} ${text}`
  }
  return refusal(zh, en, words, inScene(attempt))
}

function flow(zh: string, en: string, change: Fields, words: string, seconds: number = DAY): Refusal {
  const attempt = async (scene: MerchantScene): Promise<string> => {
    await scene.paid()
    scene.pass(seconds)
    const asked = {
      ...scene.credentials(),
      bill_date: '20261124',
      account_type: 'Basic',
      sign_type: 'HMAC-SHA256',
      ...change,
    }
    return saidByV2(await scene.v2('/pay/downloadfundflow', asked))
  }
  return refusal(zh, en, words, inScene(attempt))
}
