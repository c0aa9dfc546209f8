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
  refund: '申请退款',
  refundquery: '查询退款',
  reverse: '撤销订单',
  downloadbill: '下载交易账单',
  downloadfundflow: '下载资金账单',
  'payment notification': '支付结果通知',
  'refund notification': '退款结果通知',
  'echo notification': '回调测试通知',
  'transactions/jsapi': 'JSAPI 下单',
  'transactions/out-trade-no': '按商户单号查询',
  'transactions/id': '按微信单号查询',
  'transactions/close': '关闭订单',
  'partner/transactions/jsapi': '服务商 JSAPI 下单',
  'partner/transactions/out-trade-no': '服务商按商户单号查询',
  'partner/transactions/id': '服务商按微信单号查询',
  'partner/transactions/close': '服务商关闭订单',
  'combine-transactions/jsapi': '合单 JSAPI 下单',
  'combine-transactions/out-trade-no': '合单查询',
  'combine-transactions/id': '按微信单号合单查询',
  'combine-transactions/close': '合单关闭订单',
  refunds: '申请退款',
  'refunds/out-refund-no': '查询退款',
  'refunds/apply-abnormal-refund': '发起异常退款',
  tradebill: '申请交易账单',
  fundflowbill: '申请资金账单',
  billdownload: '下载账单',
  certificates: '下载平台证书',
  subscribe: '关注公众号',
  unsubscribe: '取消关注',
  'sdk/report': '页面统计上报',
}

/** Undefined where only the wire name is known. */
export function chineseTitle(title: string): string | undefined {
  return TITLES[title]
}
