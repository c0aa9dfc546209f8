/**
 * 微信支付 API v3. Source: API v3 docs, the error tables of each call. Codes that v2 spells alike are with v2; the spelling without
 * underscores of older pages is found too.
 */
import { type Remedy, remedy } from './remedy.ts'

export const PAY_V3_REMEDIES: readonly (readonly [code: string, remedy: Remedy])[] = [
  [
    'SIGN_ERROR',
    remedy(
      '核对私钥、证书与商户号是否同属一套（apiclient_key.pem 与 apiclient_cert.pem），并确认请求在途中没有被改写',
      'check that private key, certificate and merchant number belong together (apiclient_key.pem, apiclient_cert.pem) and that nothing rewrites the request on its way',
      'fix',
    ),
  ],
  [
    'MCH_NOT_EXISTS',
    remedy('商户号不存在：核对 mchid', 'the merchant number does not exist: check mchid', 'fix'),
  ],
  ['ORDER_CLOSED', remedy('该订单已关闭：换新的商户订单号', 'closed; take a new out_trade_no', 'give_up')],
  [
    'ORDER_PAID',
    remedy('该订单已支付：查单后按已支付处理', 'already paid; query and treat it as paid', 'query'),
  ],
  [
    'ORDER_NOT_EXIST',
    remedy(
      '微信没有这个订单：核对单号与商户号；若刚下单失败则用相同单号重新下单',
      'WeChat does not know this order: check number and merchant, or place it again under the same number if that call had failed',
      'give_up',
    ),
  ],
  [
    'RESOURCE_NOT_EXISTS',
    remedy(
      '查无此单：退款查询遇到它说明退款未被受理，用相同单号重新申请；申请退款遇到它则先查单',
      'not there: from a refund query it means that the refund was not accepted, so ask for it again under the same number; from a refund, query the order first',
      'query',
    ),
  ],
  [
    'NO_AUTH',
    remedy(
      '商户没有该产品权限：商户平台“产品中心”开通 JSAPI 支付；退款权限在“账户中心”；账单须由申请的商户下载',
      'the merchant lacks this permission: enable JSAPI payment in the merchant platform (产品中心), refunds in 账户中心; a bill is downloaded by the merchant that applied for it',
      'fix',
    ),
  ],
  ['RULE_LIMIT', remedy('业务规则限制，见报错原文', 'a business rule forbids it, see the text', 'fix')],
  [
    'TRADE_ERROR',
    remedy('交易错误，见报错原文；先查单', 'the trade failed, see the text; query it first', 'query'),
  ],
  [
    'ACCOUNT_ERROR',
    remedy('账号异常：见报错原文，请用户联系微信支付', 'the account is limited, see the text', 'give_up'),
  ],
  [
    'NOT_ENOUGH',
    remedy(
      '商户余额不足：充值后用相同的退款单号和参数重试',
      'the merchant’s balance is not enough: top up, then repeat with the same number and parameters',
      'fix',
    ),
  ],
  [
    'USER_ACCOUNT_ABNORMAL',
    remedy(
      '用户账号异常或已注销：改用其他方式退款',
      'the payer’s account is limited or gone: give the money back in another way',
      'give_up',
    ),
  ],
  ['REQUEST_BLOCKED', remedy('请求被拦截，见报错原文', 'the request was blocked, see the text', 'fix')],
  [
    'NO_STATEMENT_EXIST',
    remedy('当日没有账单（没有交易）', 'no bill: there was no trade on that day', 'give_up'),
  ],
  [
    'STATEMENT_CREATING',
    remedy(
      '账单生成中：次日 10 点后再取，每 30 分钟一次',
      'the bill is being made: ask after 10:00 of the next day, every 30 minutes',
      'repeat',
    ),
  ],
  [
    'RATELIMIT_EXCEEDED',
    remedy('调用过于频繁：放慢，用相同单号', 'too frequent: slow down and keep the number', 'repeat'),
  ],
  [
    'SYSTEM_ERROR',
    remedy(
      '微信系统错误，结果未知：先查单，再用相同参数、相同单号重试',
      'WeChat failed inside, outcome unknown: query, then repeat with the same parameters and number',
      'query',
    ),
  ],
  [
    'SERVICE_UNAVAILABLE',
    remedy(
      '服务不可用，结果未知：稍后用相同参数、相同单号重试',
      'the service is down, outcome unknown: repeat later with the same parameters and number',
      'repeat',
    ),
  ],
  ['BANK_ERROR', remedy('银行系统异常，结果未知：查单', 'the bank failed, outcome unknown: query', 'query')],
  ['USER_PAYING', remedy('用户支付中：稍后查单', 'the payer is paying: query later', 'query')],
  [
    'ACCEPTED',
    remedy(
      '微信已受理但未处理完：用相同参数、相同单号重复请求',
      'WeChat took the request and has not finished it: repeat the same request',
      'repeat',
    ),
  ],
  [
    'OPENID_MISMATCH',
    remedy(
      'openid 不是该 appid 下的：下单与授权须用同一个公众号',
      'the openid is of another appid: order and authorization must use one account',
      'fix',
    ),
  ],
  ['INVALID_TRANSACTIONID', remedy('微信支付订单号不正确', 'the transaction_id is wrong', 'fix')],
  [
    'TRADE_OVERDUE',
    remedy('订单已超过退款期限（一年）', 'the order is older than refunds allow (one year)', 'give_up'),
  ],
  [
    'REFUND_FEE_MISMATCH',
    remedy(
      '退款金额与该退款单号首次申请时不一致',
      'the sum differs from that of the first request under this out_refund_no',
      'fix',
    ),
  ],
]
