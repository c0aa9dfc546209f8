/** 微信支付 v2. Source: API v2 docs, the error tables of 统一下单, 查询订单, 关闭订单, 申请退款, 查询退款, 下载账单. */
import { type Remedy, remedy } from './remedy.ts'

export const PAY_V2_REMEDIES: readonly (readonly [code: string, remedy: Remedy])[] = [
  [
    'APPID_MCHID_NOT_MATCH',
    remedy(
      '公众号与商户号未绑定：商户平台“产品中心-AppID账号管理”发起关联，7 天内在公众平台“微信支付-商户号管理”确认',
      'account and merchant are not bound: apply in the merchant platform (产品中心, AppID账号管理), confirm in 公众平台 (微信支付, 商户号管理) within 7 days',
      'fix',
    ),
  ],
  ['APPID_NOT_EXIST', remedy('appid 不存在', 'the appid does not exist', 'fix')],
  [
    'BIZERR_NEED_RETRY',
    remedy(
      '微信要求重试：用相同参数、相同单号',
      'WeChat asks to repeat with the same parameters and number',
      'repeat',
    ),
  ],
  [
    'FREQUENCY_LIMITED',
    remedy('调用过于频繁：放慢，用相同单号', 'too frequent: slow down and keep the number', 'repeat'),
  ],
  [
    'INVALID_REQUEST',
    remedy(
      '参数不符合业务规则，见报错原文；不要原样重试',
      'a business rule was broken, see the text; do not repeat unchanged',
      'fix',
    ),
  ],
  [
    'LACK_PARAMS',
    remedy('缺少参数（JSAPI 支付必须传 openid）', 'a parameter is missing (JSAPI needs openid)', 'fix'),
  ],
  ['MCHID_NOT_EXIST', remedy('商户号不存在', 'the merchant number does not exist', 'fix')],
  [
    'NOAUTH',
    remedy(
      '商户没有该接口权限，或服务器 IP 未被允许：商户平台“产品中心”开通 JSAPI 支付',
      'the merchant lacks this permission, or the server’s IP is not allowed: enable JSAPI payment in the merchant platform (产品中心)',
      'fix',
    ),
  ],
  [
    'NOT_ALLOW',
    remedy('订单的支付场景不支持该请求', 'this kind of order does not allow the call', 'give_up'),
  ],
  [
    'NOTENOUGH',
    remedy(
      '支付时：用户余额不足；退款时：商户账户余额不足，充值后用原退款单号重试',
      'not enough money: the payer’s when paying; the merchant’s when refunding, then top up and repeat under the same out_refund_no',
      'repeat',
    ),
  ],
  ['NOT_UTF8', remedy('请求体不是 UTF-8', 'the request body is not UTF-8', 'fix')],
  ['ORDERCLOSED', remedy('该订单已关闭：换新的商户订单号', 'closed; take a new out_trade_no', 'give_up')],
  [
    'ORDERNOTEXIST',
    remedy(
      '微信没有这个订单：核对单号；若刚下单失败则重新下单',
      'WeChat does not know this order: check the number, or place it again if that call had failed',
      'give_up',
    ),
  ],
  [
    'ORDERPAID',
    remedy('该订单已支付：查单后按已支付处理', 'already paid; query and treat it as paid', 'query'),
  ],
  [
    'OUT_TRADE_NO_USED',
    remedy(
      '商户订单号重复：先查单；参数要与首次完全一致，否则换新单号',
      'the out_trade_no was used: query it; repeat the same parameters or take a new number',
      'query',
    ),
  ],
  [
    'PARAM_ERROR',
    remedy(
      '参数错误，见报错原文；openid 须由该 appid 取得',
      'a parameter is wrong, see the text; the openid must be of this appid',
      'fix',
    ),
  ],
  ['POST_DATA_EMPTY', remedy('请求体为空', 'the request body is empty', 'fix')],
  ['REQUIRE_POST_METHOD', remedy('须用 POST', 'POST is required', 'fix')],
  [
    'SIGNERROR',
    remedy(
      '核对商户号与 APIv2 密钥（商户平台“账户中心-API安全”，32 位），以及 sign_type 与实际算法一致',
      'check the merchant number, the APIv2 key (merchant platform, API安全, 32 characters) and that sign_type names the algorithm used',
      'fix',
    ),
  ],
  [
    'SYSTEMERROR',
    remedy(
      '微信系统错误，结果未知：用相同参数、相同单号重试',
      'WeChat failed inside, outcome unknown: repeat with the same parameters and number',
      'repeat',
    ),
  ],
  [
    'TRADE_STATE_ERROR',
    remedy('订单状态不允许：先查单', 'the order’s state does not allow this; query it first', 'query'),
  ],
  // 申请退款, 查询退款
  [
    'CERT_ERROR',
    remedy(
      '出示的商户 API 证书不是该商户号的，或已作废：在商户平台“账户中心-API安全”重新下载 apiclient_cert',
      'the certificate presented is not this merchant’s, or was revoked: download apiclient_cert anew in the merchant platform (API安全)',
      'fix',
    ),
  ],
  [
    'ERROR',
    remedy(
      '业务错误，见报错原文（例如订单已全额退款）',
      'a business rule was broken, see the text (for one: refunded in full already)',
      'query',
    ),
  ],
  [
    'INVALID_REQ_TOO_MUCH',
    remedy(
      '被拒绝的请求过多：先改正参数，一分钟后用原退款单号重试',
      'too many refused requests: correct them, wait a minute and keep the number',
      'repeat',
    ),
  ],
  ['INVALID_TRANSACTIONID', remedy('微信支付订单号有误', 'the transaction_id is wrong', 'fix')],
  [
    'ORDER_NOT_READY',
    remedy(
      '订单处理中：稍后用原退款单号重试',
      'the order is being worked on: repeat later under the same number',
      'repeat',
    ),
  ],
  [
    'REFUNDNOTEXIST',
    remedy(
      '微信没有这笔退款：核对单号；申请结果未知时，用原退款单号重新申请',
      'WeChat does not know this refund: check the number; where the outcome was open, ask again under the same out_refund_no',
      'query',
    ),
  ],
  [
    'REFUND_FEE_MISMATCH',
    remedy(
      '同一退款单号的金额与首次不同：用首次的金额；确是另一笔退款才换新单号',
      'the same out_refund_no was sent with other amounts: repeat the first ones; a new number only for another refund',
      'fix',
    ),
  ],
  [
    'TRADE_OVERDUE',
    remedy(
      '支付已超过一年，不能原路退回：用其他方式退给用户',
      'paid more than a year ago, it cannot go back that way: pay the payer otherwise',
      'give_up',
    ),
  ],
  [
    'USER_ACCOUNT_ABNORMAL',
    remedy(
      '用户账户异常或已注销，不能原路退回：用其他方式退给用户',
      'the payer’s account is closed or abnormal, the money cannot go back that way: pay the payer otherwise',
      'give_up',
    ),
  ],
  // 下载账单
  [
    'BILL_CREATING',
    remedy(
      '账单生成中：北京时间 10 点后再下载',
      'the bill is being made: download it after 10 o’clock in Beijing',
      'repeat',
    ),
  ],
  ['NO_BILL_EXIST', remedy('当天没有账单', 'there is no bill for that day', 'give_up')],
  [
    '20001',
    remedy(
      '下载账单的参数或签名有误，见报错原文',
      'a parameter or the signature of the download is wrong, see the text',
      'fix',
    ),
  ],
  [
    '20002',
    remedy(
      '账单生成中或当天没有账单：北京时间 10 点后再下载',
      'the bill is being made or there is none: download it after 10 o’clock in Beijing',
      'repeat',
    ),
  ],
  [
    '20007',
    remedy(
      '账单 API 权限已关闭：联系微信支付',
      'the bill API is switched off for this merchant: ask WeChat Pay',
      'fix',
    ),
  ],
  ['XML_FORMAT_ERROR', remedy('请求不是正确的 XML', 'the request is not well-formed XML', 'fix')],
]
