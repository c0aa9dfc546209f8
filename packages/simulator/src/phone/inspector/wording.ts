/** Names of parties, calls and outcomes: Chinese first, WeChat's wire name or English beside it. */
import type { Exchange, Party } from './exchange-feed.ts'

export const PARTIES: readonly { party: Party; zh: string; en: string }[] = [
  { party: 'user', zh: '用户', en: 'User' },
  { party: 'page', zh: '页面', en: 'Page' },
  { party: 'merchant', zh: '商户服务器', en: 'Merchant' },
  { party: 'wechat', zh: '微信', en: 'WeChat' },
]

export const OUTCOMES: Readonly<Record<Exchange['outcome'], { zh: string; en: string }>> = {
  ok: { zh: '成功', en: 'ok' },
  refused: { zh: '拒绝', en: 'refused' },
  fault: { zh: '故障', en: 'fault' },
}

const TITLES: Readonly<Record<string, string>> = {
  authorize: '网页授权',
  '/sns/oauth2/access_token': 'code 换 openid',
  '/sns/oauth2/refresh_token': '刷新网页授权',
  '/sns/userinfo': '拉取用户信息',
  '/sns/auth': '检验授权凭证',
  '/cgi-bin/token': '获取 access_token',
  '/cgi-bin/stable_token': '获取稳定版 access_token',
  '/cgi-bin/ticket/getticket': '获取 jsapi_ticket',
  'wx.config': '校验页面签名',
  getBrandWCPayRequest: '调起支付',
  pay: '输入密码付款',
  unifiedorder: '统一下单',
  orderquery: '查询订单',
  closeorder: '关闭订单',
  'payment notification': '支付结果通知',
  'sdk/report': '页面统计上报',
}

/** Undefined where only the wire name is known. */
export function chineseTitle(title: string): string | undefined {
  return TITLES[title]
}
