/**
 * 下载交易账单, 下载资金账单: the file itself, or XML that says why there is none, each call in a shape of its own.
 * Source: API v2 docs of the two calls, "错误码".
 */
import { gzipSync } from 'node:zlib'
import type { Bill } from '../pay/bill-day.ts'
import { type FundsAccountType, fundFlowBill } from '../pay/fund-flow-bill.ts'
import { type TradeBillType, tradeBill } from '../pay/trade-bill.ts'
import type { FrontProblem, V2Fields, V2Outcome, V2Request } from './gateway.ts'

type NoBill = Exclude<Bill['outcome'], 'file'>

const TRADE_BILL_TYPES: Record<string, TradeBillType> = {
  SUCCESS: 'SUCCESS',
  REFUND: 'REFUND',
  RECHARGE_REFUND: 'RECHARGE_REFUND',
}

export function downloadbill({ side, merchant, fields }: V2Request): V2Outcome {
  const type = TRADE_BILL_TYPES[fields['bill_type'] ?? ''] ?? 'ALL'
  const bill = tradeBill(side, { mchid: merchant.mchid, date: dashed(fields['bill_date']), type })
  if (bill.outcome === 'file') return file(bill.text, fields['tar_type'])
  const [text, code] = NO_TRADE_BILL[bill.outcome]
  return { outcome: 'no-file', fields: tradeBillProblem(text, code), text }
}

const NO_TRADE_BILL: Record<NoBill, [text: string, code: string]> = {
  none: ['No Bill Exist', '20002'],
  creating: ['Bill Creating', '20002'],
  'bad-date': ['invalid bill_date', '20001'],
}

/** In English, unlike every other call of v2. */
export function tradeBillObjection(problem: FrontProblem): V2Fields {
  return tradeBillProblem(tradeBillText(problem), '20001')
}

function tradeBillText(problem: FrontProblem): string {
  switch (problem.kind) {
    case 'method':
      return 'require POST method'
    case 'empty':
      return 'empty post data'
    case 'encoding':
    case 'xml':
      return 'data format error'
    case 'account':
      return 'invalid appid'
    case 'merchant':
    case 'signature':
      return 'sign error'
    case 'missing':
      return 'missing parameter'
    case 'too-long':
      return problem.name === 'nonce_str' ? 'nonce_str too long' : 'invalid parameter'
    case 'malformed':
      return MALFORMED[problem.name] ?? 'invalid parameter'
  }
}

const MALFORMED: Record<string, string> = {
  tar_type: 'invalid tar_type, Only GZIP supported',
  bill_type: 'invalid bill_type',
  bill_date: 'invalid bill_date',
}

function tradeBillProblem(text: string, code: string): V2Fields {
  return { return_code: 'FAIL', return_msg: text, error_code: code }
}

/** Of 资金账单 v2 names the first day there ever was one, where every other bill goes back three months. */
const FUND_FLOWS_SINCE = '2017-06-01'

const ACCOUNT_TYPES: Record<string, FundsAccountType> = { Operation: 'OPERATION', Fees: 'FEES' }

export function downloadfundflow({ side, merchant, fields }: V2Request): V2Outcome {
  const bill = fundFlowBill(side, {
    mchid: merchant.mchid,
    date: dashed(fields['bill_date']),
    account: ACCOUNT_TYPES[fields['account_type'] ?? ''] ?? 'BASIC',
    earliest: FUND_FLOWS_SINCE,
  })
  if (bill.outcome === 'file') return file(bill.text, fields['tar_type'])
  const [code, text] = NO_FUND_FLOW[bill.outcome]
  return { outcome: 'no-file', fields: fundFlowProblem(code, text), text: `${code} ${text}` }
}

const NO_FUND_FLOW: Record<NoBill, [code: string, text: string]> = {
  none: ['NO_BILL_EXIST', '账单不存在'],
  creating: ['BILL_CREATING', '账单生成中'],
  'bad-date': ['PARAM_ERROR', '参数错误'],
}

/** What is wrong with a field is said in the call's own shape; the rest as everywhere in v2. */
export function fundFlowObjection(problem: FrontProblem): V2Fields {
  const isOfFields = 'name' in problem && problem.name !== 'mch_id'
  if (isOfFields) return fundFlowProblem('PARAM_ERROR', '参数错误')
  return { return_code: 'FAIL', return_msg: problem.text }
}

/** How 下载资金账单 says that there is none; unsigned. */
export function fundFlowProblem(code: string, text: string): V2Fields {
  return {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    result_code: 'FAIL',
    err_code: code,
    err_code_des: text,
  }
}

function file(text: string, tarType: string | undefined): V2Outcome {
  const bytes = new TextEncoder().encode(text)
  return { outcome: 'file', body: tarType === 'GZIP' ? new Uint8Array(gzipSync(bytes)) : bytes, text }
}

/** `2014-06-03`, from `20140603`. */
function dashed(date = ''): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
}
