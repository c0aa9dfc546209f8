/**
 * Bills (对账单, 资金账单) as Pay v2 gives them: the file itself without an envelope, or XML where there is none. Content decides,
 * also where GZIP was asked for. Source: API v2 docs, "下载交易账单", "下载资金账单".
 */
import { continued } from '../bills/bytes.ts'
import { TransportError } from '../errors.ts'
import type { StreamedAnswer } from '../transport.ts'
import { optional } from './fields.ts'
import { refusal } from './refusals.ts'
import type { Fields } from './sign.ts'
import { parseXml } from './xml.ts'

/** 下载交易账单. */
export interface DownloadBillRequest {
  appid: string
  /** `yyyyMMdd`, a day in Beijing; ready from 10 o'clock of the next one, for three months. */
  bill_date: string
  /** ALL unless told otherwise. */
  bill_type?: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND'
  tar_type?: 'GZIP'
}

/** 下载资金账单. */
export interface DownloadFundFlowRequest {
  appid: string
  /** `yyyyMMdd`. */
  bill_date: string
  /** 资金账户: 基本账户, 运营账户, 手续费账户. */
  account_type: 'Basic' | 'Operation' | 'Fees'
  tar_type?: 'GZIP'
}

/** A day without transactions has no file. */
export type BillFile =
  | {
      state: 'file'
      /** For `readTradeBill` or `readFundFlowBill`, GZIP or not. Throws `TransportError` where it breaks off. */
      bytes: AsyncIterable<Uint8Array>
    }
  | { state: 'empty' }

const MAX_REFUSAL_BYTES = 64 * 1024

/** Throws `RefusedError` where WeChat says no, `TransportError` where something else than WeChat answered. */
export async function billFile({ status, chunks }: StreamedAnswer): Promise<BillFile> {
  const pieces = chunks[Symbol.asyncIterator]()
  try {
    const head = await beginning(pieces)
    if (status >= 200 && status <= 299 && !isBlank(head) && !isMarkup(head)) {
      return { state: 'file', bytes: continued(head, pieces) }
    }
    return notAFile(fieldsOf(await collected(head, pieces), status))
  } catch (error) {
    await pieces.return?.()
    throw error
  }
}

type Pieces = AsyncIterator<Uint8Array>

/** As much as shows what it is: past a byte order mark and white space. */
async function beginning(pieces: Pieces): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (head.length < MAX_REFUSAL_BYTES && isBlank(head)) {
    const next = await pieces.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return head
}

function isBlank(head: Buffer): boolean {
  return /^(\xef(\xbb\xbf?)?)?\s*$/.test(head.toString('latin1', 0, MAX_REFUSAL_BYTES))
}

function isMarkup(head: Buffer): boolean {
  return /^(\xef\xbb\xbf)?\s*</.test(head.toString('latin1', 0, 1024))
}

async function collected(head: Buffer, pieces: Pieces): Promise<Buffer> {
  const all = [head]
  let bytes = head.length
  while (bytes <= MAX_REFUSAL_BYTES) {
    const next = await pieces.next()
    if (next.done === true) break
    all.push(Buffer.from(next.value))
    bytes += next.value.byteLength
  }
  await pieces.return?.()
  return Buffer.concat(all)
}

function fieldsOf(message: Buffer, status: number): Fields {
  try {
    return parseXml(message)
  } catch (cause) {
    const text = '应答既不是账单也不是 v2 的 XML / the answer is neither a bill nor the XML of Pay v2'
    throw new TransportError({ code: 'no_usable_answer', message: text, status, cause })
  }
}

/** Neither kind of refusal is signed. */
function notAFile(fields: Fields): BillFile {
  const code = optional(fields, 'err_code') ?? optional(fields, 'error_code') ?? 'RETURN_FAIL'
  const text = optional(fields, 'err_code_des') ?? optional(fields, 'return_msg') ?? ''
  if (code === 'NO_BILL_EXIST' || /no bill exist/i.test(text)) return { state: 'empty' }
  if (/system ?error|gzip error/i.test(text)) throw refusal('SYSTEMERROR', text)
  throw refusal(code, text, /bill creating/i.test(text))
}
