/** WeChat's codes in words that help: what caused it and what to do. Sources: the error tables of the documents named per group. */

export interface Remedy {
  zh: string
  en: string
}

/** Cause and remedy for a code; some texts say more than their code and are looked at first. */
export function remedyFor(code: string | undefined, text: string | undefined): Remedy | undefined {
  if (code === NOT_WHITELISTED) return whitelistRemedy(text ?? '')
  const byText = BY_TEXT.find(([pattern]) => text !== undefined && pattern.test(text))
  return byText?.[1] ?? (code === undefined ? undefined : BY_CODE.get(code))
}

const remedy = (zh: string, en: string): Remedy => ({ zh, en })

const NOT_WHITELISTED = '40164'

/** The address in the text is the one WeChat saw; behind NAT nothing else tells it. */
function whitelistRemedy(text: string): Remedy {
  const address = /invalid ip ([0-9a-f.:]{2,45})/i.exec(text)?.[1]
  return remedy(
    `服务器出口 IP 不在白名单：在公众平台“开发接口管理-IP白名单”加入 ${address ?? '报错里的地址'}`,
    `the server’s address is not on the white list: add ${address ?? 'the one in the message'} in 公众平台 (开发接口管理, IP白名单)`,
  )
}

const BY_TEXT: readonly (readonly [RegExp, Remedy])[] = [
  [
    /openid不匹配|无效的openid/i,
    remedy(
      'openid 不是该 appid 下的：下单、授权、wx.config 须用同一个公众号',
      'the openid is of another appid: order, authorization and wx.config must use one account',
    ),
  ],
  [
    /不匹配/,
    remedy(
      'appid 与商户号不属于同一组：在商户平台“产品中心-AppID账号管理”关联，并在公众平台确认',
      'appid and merchant number do not belong together: link them in the merchant platform (产品中心, AppID账号管理) and confirm in 公众平台',
    ),
  ],
  [
    /201 商户订单号重复|请求重入/,
    remedy(
      '同一商户订单号换了参数重新下单：参数要与首次完全一致，否则先关单再换新单号',
      'the same out_trade_no was sent with other parameters: repeat them exactly, or close it and take a new number',
    ),
  ],
]

const BY_CODE: ReadonlyMap<string, Remedy> = new Map([
  // 公众号: web authorization, "全局返回码说明"
  ['-1', remedy('微信系统繁忙，稍后重试', 'WeChat is busy; try again later')],
  [
    '10003',
    remedy(
      'redirect_uri 的域名与公众平台“网页授权域名”不一致：填完整主机名，不带协议和端口，www 与裸域名不同',
      'the host of redirect_uri is not a 网页授权域名 of the account: enter the full host without scheme and port; www counts',
    ),
  ],
  ['10004', remedy('公众号被封禁，登录公众平台查看', 'the account is banned; see 公众平台')],
  [
    '10005',
    remedy(
      '公众号没有网页授权权限：需要已认证且未过期的服务号',
      'no web authorization: a verified service account is needed, with a verification that has not lapsed',
    ),
  ],
  ['10006', remedy('测试号：用户须先关注该测试号', 'test account: the visitor has to follow it first')],
  ['10009', remedy('操作太频繁，稍后重试', 'too frequent; try again later')],
  ['10010', remedy('授权链接缺少 scope', 'the authorize address lacks scope')],
  ['10011', remedy('授权链接缺少 redirect_uri', 'the authorize address lacks redirect_uri')],
  ['10012', remedy('授权链接缺少 appid', 'the authorize address lacks appid')],
  ['10013', remedy('授权链接缺少 state', 'the authorize address lacks state')],
  ['10015', remedy('公众号未授权给该第三方平台', 'the account has not authorized this third-party platform')],
  [
    '10016',
    remedy(
      '应使用公众号的 AppID，而不是开放平台应用的',
      'use the appid of the official account, not that of an Open Platform application',
    ),
  ],
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
      'AppSecret 错误或已重置：在公众平台“开发接口管理”核对',
      'wrong or reset AppSecret; compare with 公众平台, 开发接口管理',
    ),
  ],
  [
    '40163',
    remedy(
      'code 已被使用过（刷新、后退或重复回调）：沿用已有登录，或重新授权',
      'the code was used before (refresh, back key, double callback); keep the session or authorize again',
    ),
  ],
  [
    '40242',
    remedy(
      '取 token 的 IP 或调用被限制：由公众号管理员处理',
      'this address or call may not fetch tokens; the account’s administrator has to act',
    ),
  ],
  ['40243', remedy('AppSecret 已被冻结：在公众平台解冻', 'the AppSecret is frozen; unfreeze it in 公众平台')],
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
  ['42007', remedy('用户修改了微信密码，重新发起网页授权', 'the user changed the password; authorize again')],
  ['43001', remedy('须用 GET', 'GET is required')],
  ['43002', remedy('须用 POST', 'POST is required')],
  ['43003', remedy('须用 HTTPS', 'HTTPS is required')],
  ['44002', remedy('请求体为空', 'the request body is empty')],
  [
    '45009',
    remedy(
      '当日调用次数用尽：检查是否有进程反复刷新 token；公众平台每月可清零 10 次',
      'daily quota used up: look for a process refreshing in a loop; it can be cleared 10 times a month',
    ),
  ],
  ['45011', remedy('每分钟调用过多，下一分钟再试', 'too many calls this minute; wait for the next')],
  ['47001', remedy('请求体不是正确的 JSON', 'the request body is not JSON')],
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
  ['48006', remedy('本月清零次数已用完', 'the quota was cleared as often as a month allows')],
  ['50002', remedy('用户受限', 'the user is limited')],
  ['50004', remedy('公众号被冻结，登录公众平台查看', 'the account is frozen; see 公众平台')],
  ['50007', remedy('公众号被冻结，登录公众平台查看', 'the account is frozen; see 公众平台')],
  ['89501', remedy('该 IP 正在等待管理员确认', 'this address waits for the administrator’s approval')],
  [
    '89503',
    remedy(
      '调用须经管理员确认：请管理员在微信里同意',
      'the call needs the administrator’s approval, given in WeChat',
    ),
  ],
  [
    '89506',
    remedy(
      '管理员在 24 小时内拒绝了该 IP，之后再试',
      'the administrator refused this address within the last 24 hours; try after that',
    ),
  ],
  [
    '89507',
    remedy(
      '管理员在 1 小时内拒绝了该 IP，之后再试',
      'the administrator refused this address within the last hour; try after that',
    ),
  ],
  // 微信支付 v2: 统一下单, 查询订单, 关闭订单
  [
    'APPID_MCHID_NOT_MATCH',
    remedy(
      '公众号与商户号未绑定：商户平台“产品中心-AppID账号管理”发起关联，7 天内在公众平台“微信支付-商户号管理”确认',
      'account and merchant are not bound: apply in the merchant platform (产品中心, AppID账号管理), confirm in 公众平台 (微信支付, 商户号管理) within 7 days',
    ),
  ],
  ['APPID_NOT_EXIST', remedy('appid 不存在', 'the appid does not exist')],
  [
    'BIZERR_NEED_RETRY',
    remedy('微信要求重试：用相同参数、相同单号', 'WeChat asks to repeat with the same parameters and number'),
  ],
  [
    'FREQUENCY_LIMITED',
    remedy('调用过于频繁：放慢，用相同单号', 'too frequent: slow down and keep the number'),
  ],
  [
    'INVALID_REQUEST',
    remedy(
      '参数不符合业务规则，见报错原文；不要原样重试',
      'a business rule was broken, see the text; do not repeat unchanged',
    ),
  ],
  [
    'LACK_PARAMS',
    remedy('缺少参数（JSAPI 支付必须传 openid）', 'a parameter is missing (JSAPI needs openid)'),
  ],
  ['MCHID_NOT_EXIST', remedy('商户号不存在', 'the merchant number does not exist')],
  [
    'NOAUTH',
    remedy(
      '商户没有该接口权限，或服务器 IP 未被允许：商户平台“产品中心”开通 JSAPI 支付',
      'the merchant lacks this permission, or the server’s IP is not allowed: enable JSAPI payment in the merchant platform (产品中心)',
    ),
  ],
  ['NOT_ALLOW', remedy('订单的支付场景不支持该请求', 'this kind of order does not allow the call')],
  ['NOTENOUGH', remedy('用户余额不足', 'the payer’s balance is not enough')],
  ['NOT_UTF8', remedy('请求体不是 UTF-8', 'the request body is not UTF-8')],
  ['ORDERCLOSED', remedy('该订单已关闭：换新的商户订单号', 'closed; take a new out_trade_no')],
  [
    'ORDERNOTEXIST',
    remedy(
      '微信没有这个订单：核对单号；若刚下单失败则重新下单',
      'WeChat does not know this order: check the number, or place it again if that call had failed',
    ),
  ],
  ['ORDERPAID', remedy('该订单已支付：查单后按已支付处理', 'already paid; query and treat it as paid')],
  [
    'OUT_TRADE_NO_USED',
    remedy(
      '商户订单号重复：先查单；参数要与首次完全一致，否则换新单号',
      'the out_trade_no was used: query it; repeat the same parameters or take a new number',
    ),
  ],
  [
    'PARAM_ERROR',
    remedy(
      '参数错误，见报错原文；openid 须由该 appid 取得',
      'a parameter is wrong, see the text; the openid must be of this appid',
    ),
  ],
  ['POST_DATA_EMPTY', remedy('请求体为空', 'the request body is empty')],
  ['REQUIRE_POST_METHOD', remedy('须用 POST', 'POST is required')],
  [
    'SIGNERROR',
    remedy(
      '核对商户号与 APIv2 密钥（商户平台“账户中心-API安全”，32 位），以及 sign_type 与实际算法一致',
      'check the merchant number, the APIv2 key (merchant platform, API安全, 32 characters) and that sign_type names the algorithm used',
    ),
  ],
  [
    'SYSTEMERROR',
    remedy(
      '微信系统错误，结果未知：用相同参数、相同单号重试',
      'WeChat failed inside, outcome unknown: repeat with the same parameters and number',
    ),
  ],
  [
    'TRADE_STATE_ERROR',
    remedy('订单状态不允许：先查单', 'the order’s state does not allow this; query it first'),
  ],
  ['XML_FORMAT_ERROR', remedy('请求不是正确的 XML', 'the request is not well-formed XML')],
])
