/** 公众号: web authorization, tokens, tickets. Source: 公众号文档, "全局返回码说明" and the error pages of web authorization. */
import { type Remedy, remedy } from './remedy.ts'

export const ACCOUNT_REMEDIES: readonly (readonly [code: string, remedy: Remedy])[] = [
  ['-1', remedy('微信系统繁忙，稍后重试', 'WeChat is busy; try again later', 'repeat')],
  [
    '10003',
    remedy(
      'redirect_uri 的域名与公众平台“网页授权域名”不一致：填完整主机名，不带协议和端口，www 与裸域名不同',
      'the host of redirect_uri is not a 网页授权域名 of the account: enter the full host without scheme and port; www counts',
      'fix',
    ),
  ],
  ['10004', remedy('公众号被封禁，登录公众平台查看', 'the account is banned; see 公众平台', 'give_up')],
  [
    '10005',
    remedy(
      '公众号没有网页授权权限：需要已认证且未过期的服务号',
      'no web authorization: a verified service account is needed, with a verification that has not lapsed',
      'fix',
    ),
  ],
  [
    '10006',
    remedy('测试号：用户须先关注该测试号', 'test account: the visitor has to follow it first', 'fix'),
  ],
  ['10009', remedy('操作太频繁，稍后重试', 'too frequent; try again later', 'repeat')],
  ['10010', remedy('授权链接缺少 scope', 'the authorize address lacks scope', 'fix')],
  ['10011', remedy('授权链接缺少 redirect_uri', 'the authorize address lacks redirect_uri', 'fix')],
  ['10012', remedy('授权链接缺少 appid', 'the authorize address lacks appid', 'fix')],
  ['10013', remedy('授权链接缺少 state', 'the authorize address lacks state', 'fix')],
  [
    '10015',
    remedy('公众号未授权给该第三方平台', 'the account has not authorized this third-party platform', 'fix'),
  ],
  [
    '10016',
    remedy(
      '应使用公众号的 AppID，而不是开放平台应用的',
      'use the appid of the official account, not that of an Open Platform application',
      'fix',
    ),
  ],
  [
    '40001',
    remedy(
      'access_token 已被替换或不属于该公众号；若出现在取 token 时则是 AppSecret 错误。确认只有一处在刷新',
      'the access_token was replaced or is of another account; from the token endpoint it means a wrong AppSecret. Let one owner refresh it',
      'fix',
    ),
  ],
  ['40002', remedy('grant_type 不正确', 'grant_type is wrong', 'fix')],
  ['40003', remedy('openid 不属于该公众号', 'the openid is not of this account', 'fix')],
  ['40013', remedy('AppID 不正确：应为 wx 开头的 18 位', 'wrong appid: wx and 16 hex digits', 'fix')],
  [
    '40014',
    remedy(
      'access_token 不合法：可能误用了网页授权的 token',
      'not an access_token of the account; perhaps the web one was used',
      'fix',
    ),
  ],
  [
    '40029',
    remedy(
      'code 无效或已过期（5 分钟），重新发起网页授权',
      'the code is invalid or older than 5 minutes; authorize again',
      'fix',
    ),
  ],
  ['40030', remedy('refresh_token 无效，重新发起网页授权', 'invalid refresh_token; authorize again', 'fix')],
  ['40066', remedy('接口路径错误', 'wrong API path', 'fix')],
  [
    '40125',
    remedy(
      'AppSecret 错误或已重置：在公众平台“开发接口管理”核对',
      'wrong or reset AppSecret; compare with 公众平台, 开发接口管理',
      'fix',
    ),
  ],
  [
    '40163',
    remedy(
      'code 已被使用过（刷新、后退或重复回调）：沿用已有登录，或重新授权',
      'the code was used before (refresh, back key, double callback); keep the session or authorize again',
      'fix',
    ),
  ],
  [
    '40242',
    remedy(
      '取 token 的 IP 或调用被限制：由公众号管理员处理',
      'this address or call may not fetch tokens; the account’s administrator has to act',
      'fix',
    ),
  ],
  [
    '40243',
    remedy('AppSecret 已被冻结：在公众平台解冻', 'the AppSecret is frozen; unfreeze it in 公众平台', 'fix'),
  ],
  ['41001', remedy('缺少 access_token', 'access_token is missing', 'fix')],
  [
    '41002',
    remedy(
      '缺少 appid；stable_token 的参数必须放在 JSON 请求体里',
      'appid is missing; stable_token takes its parameters in the JSON body',
      'fix',
    ),
  ],
  ['41003', remedy('缺少 refresh_token', 'refresh_token is missing', 'fix')],
  ['41004', remedy('缺少 AppSecret', 'the secret is missing', 'fix')],
  ['41008', remedy('缺少 code', 'the code is missing', 'fix')],
  ['41009', remedy('缺少 openid', 'the openid is missing', 'fix')],
  ['42001', remedy('access_token 已过期，重新获取', 'the access_token has expired; fetch it again', 'fix')],
  [
    '42002',
    remedy('refresh_token 已过期，重新发起网页授权', 'the refresh_token has expired; authorize again', 'fix'),
  ],
  ['42003', remedy('code 已过期，重新发起网页授权', 'the code has expired; authorize again', 'fix')],
  [
    '42007',
    remedy('用户修改了微信密码，重新发起网页授权', 'the user changed the password; authorize again', 'fix'),
  ],
  ['43001', remedy('须用 GET', 'GET is required', 'fix')],
  ['43002', remedy('须用 POST', 'POST is required', 'fix')],
  ['43003', remedy('须用 HTTPS', 'HTTPS is required', 'fix')],
  ['44002', remedy('请求体为空', 'the request body is empty', 'fix')],
  [
    '45009',
    remedy(
      '当日调用次数用尽：检查是否有进程反复刷新 token；公众平台每月可清零 10 次',
      'daily quota used up: look for a process refreshing in a loop; it can be cleared 10 times a month',
      'repeat',
    ),
  ],
  [
    '45011',
    remedy('每分钟调用过多，下一分钟再试', 'too many calls this minute; wait for the next', 'repeat'),
  ],
  ['47001', remedy('请求体不是正确的 JSON', 'the request body is not JSON', 'fix')],
  [
    '48001',
    remedy(
      '公众号没有该接口权限：需要已认证的服务号；snsapi_base 的 token 不能取用户资料',
      'the account lacks this permission: a verified service account is needed; a snsapi_base token cannot read profiles',
      'fix',
    ),
  ],
  [
    '48004',
    remedy(
      '接口因违规被封禁，登录公众平台查看',
      'the API is banned for irregularities; see 公众平台',
      'give_up',
    ),
  ],
  ['48006', remedy('本月清零次数已用完', 'the quota was cleared as often as a month allows', 'give_up')],
  ['50002', remedy('用户受限', 'the user is limited', 'give_up')],
  ['50004', remedy('公众号被冻结，登录公众平台查看', 'the account is frozen; see 公众平台', 'give_up')],
  ['50007', remedy('公众号被冻结，登录公众平台查看', 'the account is frozen; see 公众平台', 'give_up')],
  [
    '89501',
    remedy('该 IP 正在等待管理员确认', 'this address waits for the administrator’s approval', 'repeat'),
  ],
  [
    '89503',
    remedy(
      '调用须经管理员确认：请管理员在微信里同意',
      'the call needs the administrator’s approval, given in WeChat',
      'repeat',
    ),
  ],
  [
    '89506',
    remedy(
      '管理员在 24 小时内拒绝了该 IP，之后再试',
      'the administrator refused this address within the last 24 hours; try after that',
      'repeat',
    ),
  ],
  [
    '89507',
    remedy(
      '管理员在 1 小时内拒绝了该 IP，之后再试',
      'the administrator refused this address within the last hour; try after that',
      'repeat',
    ),
  ],
]
