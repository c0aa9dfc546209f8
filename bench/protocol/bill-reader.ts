/** Reads one bill with one reader in this process and prints time and peak memory: `bill-reader.ts NAME FILE`. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createGunzip, gunzipSync } from 'node:zlib'
import { readTradeBill } from '@shouyin/wechat/bills'
import { peer } from './contest.ts'

export interface Figures {
  rows: number
  ms: number
  peakMb: number
}

interface Reader {
  isStreaming: boolean
  /** How many rows it found. */
  read(file: string): Promise<number>
}

export type ReaderName =
  | '@shouyin/wechat'
  | 'gunzip and a look for line ends'
  | 'gunzip and readline'
  | 'tenpay'
  | 'wechatpay-axios-plugin'

export const READERS: Readonly<Record<ReaderName, Reader>> = {
  '@shouyin/wechat': {
    isStreaming: true,
    async read(file) {
      const bill = readTradeBill(createReadStream(file))
      let rows = 0
      let fees = 0
      for await (const { service_fee } of bill) {
        rows += 1
        fees += service_fee
      }
      return Number.isSafeInteger(fees) && bill.summary().count === rows ? rows : 0
    },
  },
  'gunzip and a look for line ends': {
    isStreaming: true,
    async read(file) {
      let lines = 0
      for await (const piece of createReadStream(file).pipe(createGunzip()) as AsyncIterable<Buffer>) {
        for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) lines += 1
      }
      return lines - 3
    },
  },
  'gunzip and readline': {
    isStreaming: true,
    async read(file) {
      let lines = 0
      const input = createReadStream(file).pipe(createGunzip())
      for await (const line of createInterface({ input })) if (line !== '') lines += 1
      return lines - 3
    },
  },
  tenpay: {
    isStreaming: false,
    async read(file) {
      const tenpayClass = peer('tenpay') as new (
        options: object,
      ) => { _parseBill(text: string, format: boolean): Promise<{ list_data: unknown[] }> }
      const tenpay = new tenpayClass({ appid: 'x', mchid: 'x', partnerKey: 'x' })
      return (await tenpay._parseBill(gunzipSync(await readFile(file)).toString(), true)).list_data.length
    },
  },
  'wechatpay-axios-plugin': {
    isStreaming: false,
    async read(file) {
      const { Formatter } = peer('wechatpay-axios-plugin') as {
        Formatter: { castCsvBill(content: Buffer): { rows: unknown[] } }
      }
      return Formatter.castCsvBill(gunzipSync(await readFile(file))).rows.length
    },
  },
}

const [, script, name, file] = process.argv
if (script === fileURLToPath(import.meta.url) && name !== undefined && file !== undefined) {
  const startedAt = performance.now()
  const rows = await READERS[name as ReaderName].read(file)
  const ms = performance.now() - startedAt
  process.stdout.write(
    JSON.stringify({ rows, ms, peakMb: process.resourceUsage().maxRSS / 1024 } satisfies Figures),
  )
}
