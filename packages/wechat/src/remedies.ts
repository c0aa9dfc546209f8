/** WeChat's codes in words that help: what caused it and what to do. Sources: the error tables of the documents named per group. */
import { ACCOUNT_REMEDIES } from './remedies/account.ts'
import { PAY_V2_REMEDIES } from './remedies/pay-v2.ts'
import { PAY_V3_REMEDIES } from './remedies/pay-v3.ts'
import { type Remedy, remedy } from './remedies/remedy.ts'

export type { NextStep, Remedy } from './remedies/remedy.ts'

/** Cause and remedy for a code, spelled with underscores or without; some texts say more than their code and are looked at first. */
export function remedyFor(code: string | undefined, text: string | undefined): Remedy | undefined {
  if (code === NOT_WHITELISTED) return whitelistRemedy(addressSeen(code, text))
  const byText = BY_TEXT.find(([pattern]) => text !== undefined && pattern.test(text))
  return (
    byText?.[1] ?? (code === undefined ? undefined : (BY_CODE.get(code) ?? BY_FOLDED_CODE.get(folded(code))))
  )
}

/** Whether two codes are one: older pages and newer ones spell some with underscores and some without (`ORDERPAID`, `ORDER_PAID`). */
export function isSameCode(one: string, other: string): boolean {
  return folded(one) === folded(other)
}

function folded(code: string): string {
  return code.replaceAll('_', '').toUpperCase()
}

const NOT_WHITELISTED = '40164'

/** The address that WeChat saw and does not know (40164); behind NAT nothing else tells it. */
export function addressSeen(code: string | undefined, text: string | undefined): string | undefined {
  return code === NOT_WHITELISTED ? /invalid ip ([0-9a-f.:]{2,45})/i.exec(text ?? '')?.[1] : undefined
}

function whitelistRemedy(address: string | undefined): Remedy {
  return remedy(
    `服务器出口 IP 不在白名单：在公众平台“开发接口管理-IP白名单”加入 ${address ?? '报错里的地址'}`,
    `the server’s address is not on the white list: add ${address ?? 'the one in the message'} in 公众平台 (开发接口管理, IP白名单)`,
    'fix',
  )
}

const BY_CODE: ReadonlyMap<string, Remedy> = new Map([
  ...ACCOUNT_REMEDIES,
  ...PAY_V2_REMEDIES,
  ...PAY_V3_REMEDIES,
])
const BY_FOLDED_CODE: ReadonlyMap<string, Remedy> = new Map(
  [...BY_CODE].map(([code, each]) => [folded(code), each]),
)

const BY_TEXT: readonly (readonly [RegExp, Remedy])[] = [
  [
    /timestamp与发起请求的时间/,
    remedy(
      '服务器时钟与微信相差超过 5 分钟：开启 NTP 对时',
      'the server’s clock is more than 5 minutes from WeChat’s: synchronise it (NTP)',
      'fix',
    ),
  ],
  [
    /商户证书序列号有误|已更换证书|商户证书已(过期|作废)/,
    remedy(
      '私钥对应的商户 API 证书不是当前有效的那张：在商户平台“API安全”下载新证书，私钥与证书一起更换',
      'the merchant API certificate of this private key is not the valid one: download it anew in the merchant platform (API安全) and replace key and certificate together',
      'fix',
    ),
  ],
  [
    /无可用的平台证书|未设置APIv3密钥/,
    remedy(
      '商户没有平台证书或未设置 APIv3 密钥：在商户平台“API安全”设置 APIv3 密钥，并申请微信支付公钥，把公钥 ID 和公钥填入配置',
      'the merchant has no platform certificate or no APIv3 key: set the key in the merchant platform (API安全), apply there for the WeChat Pay public key and configure its ID and PEM',
      'fix',
    ),
  ],
  [
    /平台证书序列号Wechatpay-Serial错误/,
    remedy(
      '请求头 Wechatpay-Serial 指的密钥不是该商户的：核对微信支付公钥 ID',
      'Wechatpay-Serial names a key that is not this merchant’s: check the public key’s ID',
      'fix',
    ),
  ],
  [
    /mchid与post payload中的mchid不匹配/,
    remedy(
      '请求体里的商户号与签名用的商户号不同',
      'the body names another merchant number than the signature',
      'fix',
    ),
  ],
  [
    /商户号.*订单.*不匹配/,
    remedy(
      '该订单属于其他商户号（或其他子商户号）',
      'the order belongs to another merchant number or sub-merchant',
      'fix',
    ),
  ],
  [
    /下载链接过期/,
    remedy(
      '账单下载链接已过期：重新申请账单',
      'the download link has expired: apply for the bill again',
      'repeat',
    ),
  ],
  [
    /openid不匹配|无效的openid/i,
    remedy(
      'openid 不是该 appid 下的：下单、授权、wx.config 须用同一个公众号',
      'the openid is of another appid: order, authorization and wx.config must use one account',
      'fix',
    ),
  ],
  [
    /不匹配/,
    remedy(
      'appid 与商户号不属于同一组：在商户平台“产品中心-AppID账号管理”关联，并在公众平台确认',
      'appid and merchant number do not belong together: link them in the merchant platform (产品中心, AppID账号管理) and confirm in 公众平台',
      'fix',
    ),
  ],
  [
    /201 商户订单号重复|请求重入/,
    remedy(
      '同一商户订单号换了参数重新下单：参数要与首次完全一致，否则先关单再换新单号',
      'the same out_trade_no was sent with other parameters: repeat them exactly, or close it and take a new number',
      'fix',
    ),
  ],
]
