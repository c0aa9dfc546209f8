/**
 * Bills (交易账单, 资金账单): apply for one, then download it. Source: API v3 docs, "申请交易账单", "申请资金账单", "下载账单". The file is
 * not signed; the signed reply to the application holds its SHA-1, over the uncompressed bytes, byte-order mark included.
 */
import { inflated } from '../bills/inflate.ts'
import { ProtocolError, RefusedError } from '../errors.ts'
import { names } from '../given.ts'
import { type RawAnswer, routed, type StreamedAnswer, stream } from '../transport.ts'
import { type Caller, refusal, signedHeaders } from './call.ts'
import { sha1Stream } from './crypto.ts'
import type { JsonObject } from './json.ts'
import { text } from './members.ts'
import { check, MCHID, matches, oneOf, optional, type Rule } from './request-rules.ts'

interface BillOfADay {
  /** `YYYY-MM-DD`, a day in Beijing; from 10:00 of the next day on, for three months. */
  bill_date: string
  sub_mchid?: string
  tar_type?: 'GZIP'
}

/** 申请交易账单. */
export interface TradeBillRequest extends BillOfADay {
  /** ALL unless told otherwise. */
  bill_type?: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND' | 'ALL_SPECIAL' | 'SUC_SPECIAL' | 'REF_SPECIAL'
}

/** 申请资金账单. */
export interface FundFlowBillRequest extends BillOfADay {
  /** BASIC unless told otherwise. */
  account_type?: 'BASIC' | 'OPERATION' | 'FEES'
}

/** Where a bill is, for a few minutes, or that there was nothing to bill on that day (NO_STATEMENT_EXIST). */
export type BillApplication = BillLink | { state: 'empty' }

/** Where a bill is fetched, with the hash it must have. */
export interface BillLink {
  state: 'file'
  hash_type: 'SHA1'
  /** 40 hex digits. */
  hash_value: string
  download_url: string
}

export function tradeBillPath(request: TradeBillRequest): string {
  const bill_type = oneOf([
    'ALL',
    'SUCCESS',
    'REFUND',
    'RECHARGE_REFUND',
    'ALL_SPECIAL',
    'SUC_SPECIAL',
    'REF_SPECIAL',
  ])
  check('tradeBill', request, { ...DAY_RULES, bill_type: optional(bill_type) })
  return `/v3/bill/tradebill?${query(request)}`
}

export function fundFlowBillPath(request: FundFlowBillRequest): string {
  const account_type = oneOf(['BASIC', 'OPERATION', 'FEES'])
  check('fundFlowBill', request, { ...DAY_RULES, account_type: optional(account_type) })
  return `/v3/bill/fundflowbill?${query(request)}`
}

const DAY_RULES: Readonly<Record<string, Rule>> = {
  bill_date: matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'YYYY-MM-DD'),
  sub_mchid: optional(MCHID),
  tar_type: optional(oneOf(['GZIP'])),
}

function query(request: object): URLSearchParams {
  const given = Object.entries(request).filter(([name]) => names(request, name))
  return new URLSearchParams(Object.fromEntries(given))
}

/** Runs an application; a day without a bill is an answer, not a failure. */
export async function application(apply: () => Promise<JsonObject>): Promise<BillApplication> {
  try {
    return link(await apply())
  } catch (error) {
    if (error instanceof RefusedError && error.says('NO_STATEMENT_EXIST')) return { state: 'empty' }
    throw error
  }
}

function link(reply: JsonObject): BillLink {
  const [hash_type, hash_value] = [text(reply, 'hash_type'), text(reply, 'hash_value')]
  const download_url = text(reply, 'download_url')
  if (hash_type !== 'SHA1' || !SHA1.holds(hash_value) || !HTTP_URL.holds(download_url))
    throw malformed('账单链接或摘要不符合文档', 'hash or link of the bill are not as documented')
  return { state: 'file', hash_type, hash_value: hash_value.toLowerCase(), download_url }
}

const SHA1: Rule = matches(/^[0-9a-fA-F]{40}$/, '40 位十六进制 / 40 hex digits')
const HTTP_URL: Rule = {
  holds: (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value),
  words:
    '须为账单申请的应答中的地址；state 是 empty 时没有账单 / must be the address that the application was answered; there is no bill where state is empty',
}

/**
 * The bytes of a bill, uncompressed, as they come; GZIP is told by the bytes. The last step compares the SHA-1: whoever reads to
 * the end without an error has the file that WeChat signed for. Throws `ProtocolError` where it is another one or broken off,
 * `RefusedError` for a link that has expired, `TransportError`.
 */
export async function* downloadBill(
  caller: Caller,
  bill: BillLink,
): AsyncGenerator<Uint8Array, void, undefined> {
  check('downloadBill', bill, { download_url: HTTP_URL, hash_value: SHA1 })
  const { chunks } = await download(caller, bill.download_url)
  const hash = sha1Stream()
  let bytes = 0
  for await (const chunk of inflated(chunks)) {
    bytes += chunk.byteLength
    if (bytes > MAX_BILL_BYTES) throw malformed('文件过长', 'too long')
    hash.update(chunk)
    yield chunk
  }
  if (hash.hex() !== bill.hash_value.toLowerCase()) throw malformed('SHA-1 不符', 'its SHA-1 is another one')
}

async function download(caller: Caller, downloadUrl: string): Promise<StreamedAnswer> {
  const { origin, pathname, search } = new URL(downloadUrl)
  const request = { method: 'GET', path: pathname + search } as const
  const origins = caller.origins.includes(origin) ? caller.origins : [origin]
  return routed({ origins, isQuestion: true }, async (host) => {
    const headers = await signedHeaders(caller, request.method, request.path, '')
    const answer = await stream(caller.transport, host + request.path, {
      headers: { ...headers, accept: '*/*' },
    })
    if (answer.status === 200) return answer
    throw refusal(await whole(answer), caller.clock(), request)
  })
}

/** Several times a day of the largest merchants; a file that goes on for ever is none. */
const MAX_BILL_BYTES = 16 * 1024 ** 3
const MAX_REFUSAL_BYTES = 64 * 1024

async function whole({ status, headers, chunks }: StreamedAnswer): Promise<RawAnswer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of chunks) {
    bytes += piece.byteLength
    if (bytes > MAX_REFUSAL_BYTES) break
    pieces.push(piece)
  }
  return { status, headers, bytes: Buffer.concat(pieces) }
}

function malformed(zh: string, en: string): ProtocolError {
  return new ProtocolError('bad_message', `账单：${zh} / bill: ${en}`)
}
