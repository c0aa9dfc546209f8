/**
 * 申请交易账单, 申请资金账单, 下载账单. The application names the file and its hash; the file is fetched by another signed
 * request, within five minutes and by nobody else. Source: API v3 docs of the three calls.
 */
import { gzipSync } from 'node:zlib'
import { sha1 } from '../crypto.ts'
import { WECHAT_HOSTS } from '../entry/hosts.ts'
import type { Bill } from '../pay/bill-day.ts'
import { fundFlowBill } from '../pay/fund-flow-bill.ts'
import { type TradeBillType, tradeBill } from '../pay/trade-bill.ts'
import { type Caller, done, NOTHING, type V3Call, type V3Outcome, v3Call } from './call.ts'
import { object, oneOf, optional, text } from './fields.ts'
import { relationRefusal } from './partner.ts'
import { invalidRequest, refusal } from './refusal.ts'
import { SUB_MCHID } from './transaction-fields.ts'

const DATE = text('账单日期', { most: 10, pattern: String.raw`^\d{4}-\d{2}-\d{2}$` })
const TAR_TYPE = optional(oneOf('压缩类型', ['GZIP']))
const BILL_TYPE = oneOf('账单类型', [
  'ALL',
  'SUCCESS',
  'REFUND',
  'RECHARGE_REFUND',
  'ALL_SPECIAL',
  'SUC_SPECIAL',
  'REF_SPECIAL',
])

/** 个性化账单 has the columns of the ordinary one unless the merchant orders others. */
const ORDINARY: Record<string, TradeBillType> = {
  ALL: 'ALL',
  ALL_SPECIAL: 'ALL',
  SUCCESS: 'SUCCESS',
  SUC_SPECIAL: 'SUCCESS',
  REFUND: 'REFUND',
  REF_SPECIAL: 'REFUND',
  RECHARGE_REFUND: 'RECHARGE_REFUND',
}

export const tradeBillCall: V3Call = v3Call({
  title: 'tradebill',
  path: NOTHING,
  query: object('查询参数', {
    bill_date: DATE,
    sub_mchid: optional(SUB_MCHID),
    bill_type: optional(BILL_TYPE),
    tar_type: TAR_TYPE,
  }),
  body: NOTHING,
  run(asked) {
    const { side, merchant, query } = asked
    const { mchid } = merchant
    const { bill_date: date, bill_type: named = 'ALL', sub_mchid: subMchid, tar_type: tarType } = query
    const type = ORDINARY[named] ?? 'ALL'
    return (
      relationRefusal(side, { provider: merchant, subMchid }) ??
      application(asked, tradeBill(side, { mchid, subMchid, date, type }), tarType)
    )
  },
})

export const fundFlowBillCall: V3Call = v3Call({
  title: 'fundflowbill',
  path: NOTHING,
  query: object('查询参数', {
    bill_date: DATE,
    account_type: optional(oneOf('资金账户类型', ['BASIC', 'OPERATION', 'FEES'])),
    tar_type: TAR_TYPE,
  }),
  body: NOTHING,
  run(asked) {
    const { side, merchant, query } = asked
    const { bill_date: date, account_type: account = 'BASIC', tar_type: tarType } = query
    return application(asked, fundFlowBill(side, { mchid: merchant.mchid, date, account }), tarType)
  },
})

const LINK_LIFE_MS = 5 * 60_000

/** Where the file is for the next five minutes. The hash is of the file before it is packed. */
function application({ side, merchant, origin }: Caller, bill: Bill, tarType: 'GZIP' | undefined): V3Outcome {
  if (bill.outcome === 'creating') return refusal(400, 'STATEMENT_CREATING', '账单生成中')
  if (bill.outcome === 'none') return refusal(400, 'NO_STATEMENT_EXIST', '请求的账单文件不存在')
  if (bill.outcome === 'bad-date')
    return invalidRequest('账单日期错误，只能申请最近三个月内的账单，且不能是当日')
  const { billLinks } = side.pay
  const now = side.schedule.now()
  for (const [token, { expiresAt }] of billLinks) if (expiresAt <= now) billLinks.delete(token)
  const token = side.random.text(64)
  const expiresAt = now + LINK_LIFE_MS
  billLinks.set(token, {
    mchid: merchant.mchid,
    text: bill.text,
    gzip: tarType !== undefined,
    expiresAt,
  })
  const packed = tarType === undefined ? '' : '&tartype=gzip'
  return done({
    download_url: `${originOfLinks(origin)}/v3/billdownload/file?token=${token}${packed}`,
    hash_type: 'SHA1',
    hash_value: sha1(bill.text),
  })
}

/** WeChat's hosts are behind TLS however the request got here; any other host is where the merchant reaches the simulator. */
function originOfLinks(origin: string): string {
  const { hostname } = new URL(origin)
  return WECHAT_HOSTS.includes(hostname) ? `https://${hostname}` : origin
}

export const downloadBill: V3Call = v3Call({
  title: 'billdownload',
  path: NOTHING,
  query: object('查询参数', {
    token: text('下载凭证', { most: 256 }),
    tartype: optional(oneOf('压缩类型', ['gzip'])),
  }),
  body: NOTHING,
  run({ side, merchant, query }) {
    const link = side.pay.billLinks.get(query.token)
    // A token that never was reads like one whose time is over.
    if (link === undefined || link.expiresAt <= side.schedule.now())
      return invalidRequest('下载链接过期，请重新请求文件下载')
    if (link.mchid !== merchant.mchid) return refusal(403, 'NO_AUTH', '商户无权限')
    const { text, gzip } = link
    const bytes = new Uint8Array(gzip ? gzipSync(text) : Buffer.from(text))
    return { outcome: 'file', bytes, type: gzip ? 'application/x-gzip' : 'text/plain', text }
  },
})
