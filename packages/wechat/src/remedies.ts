/** WeChat's codes in words that help: what caused it and what to do. Sources: the error tables of the documents named per group. */

export interface Remedy {
  zh: string
  en: string
}

/** Cause and remedy for a code; some texts say more than their code and are looked at first. */
export function remedyFor(code: string | undefined, text: string | undefined): Remedy | undefined {
  const byText = BY_TEXT.find(([pattern]) => text !== undefined && pattern.test(text))
  return byText?.[1] ?? (code === undefined ? undefined : BY_CODE.get(code))
}

const remedy = (zh: string, en: string): Remedy => ({ zh, en })

const BY_TEXT: readonly (readonly [RegExp, Remedy])[] = [
  [
    /不匹配/,
    remedy(
      'appid、商户号或 openid 不属于同一组：在商户平台“产品中心-AppID账号管理”关联公众号，并确认 openid 由该公众号取得',
      'appid, merchant number and openid do not belong together: link the account in the merchant platform (产品中心-AppID账号管理) and use an openid of that account',
    ),
  ],
  [
    /201 商户订单号重复|请求重入/,
    remedy(
      '同一商户订单号换了参数重新下单：参数要与首次完全一致，否则先关单再换新单号',
      'the same out_trade_no was sent with other parameters: repeat them exactly, or close it and take a new number',
    ),
  ],
  [
    /产品权限未开通|没有JSAPI支付权限/,
    remedy('商户平台“产品中心”开通 JSAPI 支付', 'enable JSAPI payment in the merchant platform (产品中心)'),
  ],
  [
    /^签名错误/,
    remedy(
      '核对商户号与 APIv2 密钥（商户平台-账户中心-API安全，32 位），以及 sign_type 与实际算法一致',
      'check the merchant number and the APIv2 key (merchant platform, API安全, 32 characters) and that sign_type names the algorithm used',
    ),
  ],
]

const BY_CODE: ReadonlyMap<string, Remedy> = new Map([
  // 网页授权 and global return codes
  ['-1', remedy('微信系统繁忙，稍后重试', 'WeChat is busy; try again later')],
  [
    '40001',
    remedy(
      'access_token 已被替换或不属于该公众号；若出现在取 token 时则是 AppSecret 错误。确认只有一处在刷新',
      'the access_token was replaced or is of another account; from the token endpoint it means a wrong AppSecret. Let one owner refresh it',
    ),
  ],
  ['40002', remedy('grant_type 不正确', 'grant_type is wrong')],
  ['40003', remedy('openid 不属于该公众号', 'the openid is not of this account')],
  ['40013', remedy('AppID 不正确：应为 wx 开头的 18 位', 'wrong appid: wx and 16 hex digits')],
  [
    '40014',
    remedy(
      'access_token 不合法：可能误用了网页授权的 token',
      'not an access_token of the account; perhaps the web one was used',
    ),
  ],
  [
    '40029',
    remedy(
      'code 无效或已过期（5 分钟），重新发起网页授权',
      'the code is invalid or older than 5 minutes; authorize again',
    ),
  ],
  ['40030', remedy('refresh_token 无效，重新发起网页授权', 'invalid refresh_token; authorize again')],
  ['40066', remedy('接口路径错误', 'wrong API path')],
  [
    '40125',
    remedy(
      'AppSecret 错误或已重置：公众平台-开发接口管理中查看',
      'wrong or reset AppSecret; see 公众平台, 开发接口管理',
    ),
  ],
  [
    '40163',
    remedy(
      'code 已被使用过：刷新、后退或重复回调，沿用已有登录或重新授权',
      'the code was used before (refresh, back key, double callback); keep the session or authorize again',
    ),
  ],
  [
    '40164',
    remedy(
      '服务器出口 IP 不在白名单：公众平台-开发接口管理-IP白名单中加入报错里的地址',
      'the server’s address is not on the IP white list; add the one in the message (公众平台, 开发接口管理, IP白名单)',
    ),
  ],
  [
    '40243',
    remedy('AppSecret 已被冻结，请在公众平台解冻', 'the AppSecret is frozen; unfreeze it in 公众平台'),
  ],
  ['41001', remedy('缺少 access_token', 'access_token is missing')],
  [
    '41002',
    remedy(
      '缺少 appid；stable_token 的参数必须放在 JSON 请求体里',
      'appid is missing; stable_token takes its parameters in the JSON body',
    ),
  ],
  ['41003', remedy('缺少 refresh_token', 'refresh_token is missing')],
  ['41004', remedy('缺少 AppSecret', 'the secret is missing')],
  ['41008', remedy('缺少 code', 'the code is missing')],
  ['41009', remedy('缺少 openid', 'the openid is missing')],
  ['42001', remedy('access_token 已过期，重新获取', 'the access_token has expired; fetch it again')],
  [
    '42002',
    remedy('refresh_token 已过期，重新发起网页授权', 'the refresh_token has expired; authorize again'),
  ],
  ['42003', remedy('code 已过期，重新发起网页授权', 'the code has expired; authorize again')],
  ['42007', remedy('用户修改了密码，重新发起网页授权', 'the user changed the password; authorize again')],
  [
    '45009',
    remedy(
      '当日调用次数用尽：检查是否有进程反复刷新 token；每月可清零 10 次',
      'daily quota used up: look for a process refreshing in a loop; it can be cleared 10 times a month',
    ),
  ],
  ['45011', remedy('每分钟调用过多，下一分钟再试', 'too many calls this minute; wait for the next')],
  [
    '48001',
    remedy(
      '公众号没有该接口权限：需要已认证的服务号；snsapi_base 的 token 不能取用户资料',
      'the account lacks this permission: a verified service account is needed; a snsapi_base token cannot read profiles',
    ),
  ],
  [
    '48004',
    remedy('接口因违规被封禁，登录公众平台查看', 'the API is banned for irregularities; see 公众平台'),
  ],
  ['50002', remedy('用户受限', 'the user is limited')],
  ['50004', remedy('公众号被冻结', 'the account is frozen')],
  // 统一下单, 查询订单, 关闭订单
  [
    'INVALID_REQUEST',
    remedy(
      '参数不符合业务规则，见报错原文；不要原样重试',
      'a business rule was broken, see the text; do not repeat unchanged',
    ),
  ],
  [
    'NOAUTH',
    remedy(
      '商户没有该接口权限，或服务器 IP 未被允许',
      'the merchant lacks this permission, or the server’s IP is not allowed',
    ),
  ],
  ['NOTENOUGH', remedy('用户余额不足', 'the payer’s balance is not enough')],
  ['ORDERPAID', remedy('该订单已支付：查单后按已支付处理', 'already paid; query and treat it as paid')],
  ['ORDERCLOSED', remedy('该订单已关闭：换新的商户订单号', 'closed; take a new out_trade_no')],
  [
    'ORDERNOTEXIST',
    remedy(
      '微信没有这个订单：核对单号；若刚下单失败则重新下单',
      'WeChat does not know this order: check the number, or place it again if that call had failed',
    ),
  ],
  [
    'SYSTEMERROR',
    remedy(
      '微信系统错误：用相同参数、相同单号重试',
      'WeChat failed inside: repeat with the same parameters and number',
    ),
  ],
  ['APPID_NOT_EXIST', remedy('appid 不存在', 'the appid does not exist')],
  ['MCHID_NOT_EXIST', remedy('商户号不存在', 'the merchant number does not exist')],
  [
    'APPID_MCHID_NOT_MATCH',
    remedy(
      '公众号与商户号未绑定：商户平台发起关联，公众平台确认',
      'account and merchant are not bound: apply in the merchant platform, confirm in 公众平台',
    ),
  ],
  ['LACK_PARAMS', remedy('缺少参数', 'a parameter is missing')],
  [
    'OUT_TRADE_NO_USED',
    remedy('商户订单号重复：先查单，或换新单号', 'the out_trade_no was used: query it, or take a new one'),
  ],
  [
    'SIGNERROR',
    remedy('签名错误：核对 APIv2 密钥与签名算法', 'wrong signature: check the APIv2 key and the algorithm'),
  ],
  ['XML_FORMAT_ERROR', remedy('请求不是正确的 XML', 'the request is not well-formed XML')],
  ['REQUIRE_POST_METHOD', remedy('请使用 POST', 'POST is required')],
  ['POST_DATA_EMPTY', remedy('请求体为空', 'the request body is empty')],
  ['NOT_UTF8', remedy('请求体不是 UTF-8', 'the request body is not UTF-8')],
  ['PARAM_ERROR', remedy('参数错误，见报错原文', 'a parameter is wrong, see the text')],
  [
    'TRADE_STATE_ERROR',
    remedy('订单状态不允许：先查单', 'the order’s state does not allow this; query it first'),
  ],
])
