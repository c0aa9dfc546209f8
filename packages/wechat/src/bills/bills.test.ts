import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, ProtocolError, TransportError } from '../errors.ts'
import { rejection } from '../wechat.fake.ts'
import { file, HEADERS, PAYMENT, piecesOf, REFUND, SUMMARIES, TRADES } from './bills.fake.ts'
import type { BillBytes } from './bytes.ts'
import { readFundFlowBill } from './fund-flow-bill.ts'
import { billCount, billFen, milliFen, milliFenToYuan } from './money.ts'
import type { BillReading } from './table.ts'
import { readableText, readTradeBill, type TradeBillRow, type TradeBillSummary } from './trade-bill.ts'

async function whole<Row, Summary>(
  bill: BillReading<Row, Summary>,
): Promise<{ rows: Row[]; summary: Summary }> {
  const rows: Row[] = []
  for await (const row of bill) rows.push(row)
  return { rows, summary: bill.summary() }
}

const trades = (
  content: string | Uint8Array,
  size?: number,
): Promise<{ rows: TradeBillRow[]; summary: TradeBillSummary }> =>
  whole(readTradeBill(piecesOf(content, size)))

const COMMON = {
  appid: 'wx0000000000000001',
  mchid: '1900000001',
  sub_mchid: '',
  device_info: 'WEB',
  transaction_id: '4200000001202601050000000001',
  out_trade_no: 'T20260105091500',
  openid: 'oTestOpenid0000000000000001',
  trade_type: 'JSAPI',
  bank_type: 'OTHERS',
  fee_type: 'CNY',
  refund_create_time: '',
  refund_success_time: '',
  body: '示例商品A',
  attach: 'order=1',
  rate: '0.60%',
  rate_remark: '',
}
const PAID = {
  ...COMMON,
  time: '2026-01-05 09:15:01',
  trade_state: 'SUCCESS',
  total_fee: 100,
  settlement_total_fee: 100,
  coupon_fee: 20,
  refund_id: '',
  out_refund_no: '',
  refund_fee: 0,
  settlement_refund_fee: 0,
  coupon_refund_fee: 0,
  refund_channel: '',
  refund_status: '',
  service_fee: 600,
}
const REFUNDED = {
  ...COMMON,
  time: '2026-01-05 18:00:00',
  trade_state: 'REFUND',
  total_fee: 0,
  settlement_total_fee: 0,
  coupon_fee: 0,
  refund_id: '50000000012026010500000000001',
  out_refund_no: 'R20260105180000',
  refund_fee: 30,
  settlement_refund_fee: 30,
  coupon_refund_fee: 0,
  refund_channel: 'ORIGINAL',
  refund_status: 'SUCCESS',
  service_fee: -180,
}

describe('a trade bill', () => {
  const expected = {
    rows: [PAID, REFUNDED],
    summary: {
      count: 2,
      total_fee: 100,
      settlement_total_fee: 100,
      refund_fee: 30,
      settlement_refund_fee: 30,
      coupon_refund_fee: 0,
      service_fee: 420,
    },
  }

  test.each([1, 2, 3, 7, 100, 100_000])('is read in pieces of %i bytes', async (size) => {
    expect(await trades(TRADES, size)).toEqual(expected)
    expect(await trades(gzipSync(TRADES), size)).toEqual(expected)
  })

  test.each<[string, BillBytes]>([
    ['a text', TRADES],
    ['the bytes of a file', Buffer.from(TRADES)],
    ['a GZIP file', gzipSync(TRADES)],
    ['a list of pieces', [Buffer.from(TRADES).subarray(0, 9), Buffer.from(TRADES).subarray(9)]],
    ['a stream', new Blob([TRADES]).stream()],
  ])('is read from %s', async (_what, bytes) => {
    expect(await whole(readTradeBill(bytes))).toEqual(expected)
  })

  test.each([undefined, null, 1, {}])('is read from nothing else: %j', (bytes) => {
    expect(() => readTradeBill(bytes as BillBytes)).toThrow(ConfigError)
  })

  test.each<[string, string | Uint8Array]>([
    ['with line feeds only', TRADES.replaceAll('\r\n', '\n')],
    ['without a byte order mark', TRADES.slice(1)],
    ['without a line end after the last line', TRADES.slice(0, -2)],
    ['with empty lines after it', `${TRADES}\r\n\n`],
    ['in several GZIP members', Buffer.concat([gzipSync(TRADES.slice(0, 300)), gzipSync(TRADES.slice(300))])],
    [
      'with a column added later',
      TRADES.replace('费率备注\r', '费率备注,新列\r').replaceAll(/,`\r/g, ',`,`x\r'),
    ],
    ['with its columns in another order', reversed(TRADES)],
    ['saved again with quotes', quoted(TRADES)],
  ])('is read %s', async (_what, content) => {
    expect(await trades(content)).toEqual(expected)
  })

  test('of type SUCCESS has no refunds', async () => {
    const row =
      '`2026-01-05 09:15:01,`wx0000000000000001,`1900000001,`0,`WEB,`4200000001202601050000000001,`T20260105091500,`oTestOpenid0000000000000001,`JSAPI,`SUCCESS,`OTHERS,`CNY,`1.00,`0.20,`示例商品A,`order=1,`0.00600,`0.60%,`1.00,`'
    const sums = '`1,`1.00,`0.00,`0.00,`0.00600,`1.00,`0.00'
    const { rows } = await trades(file(HEADERS.success, row, SUMMARIES.trade, sums))
    expect(rows).toEqual([{ ...PAID, settlement_refund_fee: undefined }])
  })

  test('of type REFUND tells when a refund was asked for and when it was made', async () => {
    const row = REFUND.replace(
      '`0.00,`0.00,`5000',
      '`0.00,`0.00,`2026-01-05 18:00:00,`2026-01-05 18:00:04,`5000',
    )
    const sums = '`1,`0.00,`0.30,`0.00,`-0.00180,`0.00,`0.30'
    const { rows, summary } = await trades(file(HEADERS.refund, row, SUMMARIES.trade, sums))
    const times = { refund_create_time: '2026-01-05 18:00:00', refund_success_time: '2026-01-05 18:00:04' }
    expect(rows).toEqual([{ ...REFUNDED, ...times }])
    expect(summary.service_fee).toBe(-180)
  })

  test('of before 2018 has other names, and counts with a decimal', async () => {
    const cut = (row: string): string => row.split(',').slice(0, 24).join(',')
    const content = file(
      HEADERS.old,
      cut(PAYMENT),
      cut(REFUND),
      SUMMARIES.old,
      '`2.0,`1.00,`0.3,`0.0,`0.0042',
    )
    const { rows, summary } = await trades(content)
    const old = { settlement_total_fee: undefined, settlement_refund_fee: undefined }
    expect(rows[0]).toEqual({ ...PAID, ...old })
    expect(rows[1]).toEqual({ ...REFUNDED, ...old })
    expect(summary).toEqual({
      ...old,
      count: 2,
      total_fee: 100,
      refund_fee: 30,
      coupon_refund_fee: 0,
      service_fee: 420,
    })
  })

  test('of a day that only has a summary is a bill of no rows', async () => {
    const { rows, summary } = await trades(
      file(HEADERS.all, SUMMARIES.trade, '`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00'),
    )
    expect(rows).toEqual([])
    expect(summary.count).toBe(0)
  })

  test('saved again with quotes only where there are commas, and without backticks', async () => {
    const content = TRADES.replaceAll('`', '').replaceAll('示例商品A', '"示例商品A, ""特级"""')
    const { rows } = await trades(content)
    expect(rows[0]).toEqual({ ...PAID, body: '示例商品A, "特级"' })
  })

  test.each([
    ['茶\\ 两盒', '茶,两盒'],
    ['第一行\\n第二行', '第一行\n第二行'],
    ['"精选"茶', '"精选"茶'],
    ['`茶`', '`茶`'],
    ['茶, 两盒', '茶, 两盒'],
  ])('keeps the product name %s', async (name, readable) => {
    const content = TRADES.replace('`示例商品A', `\`${name}`)
    const { rows } = await trades(content)
    expect(rows[0]?.body).toBe(name)
    expect(readableText(rows[0]?.body ?? '')).toBe(readable)
  })

  test('as it was captured', async () => {
    const url = new URL('../../../../vectors/pay.json', import.meta.url)
    const { vectors } = JSON.parse(readFileSync(url, 'utf8')) as {
      vectors: { name: string; input: { file_base64?: string } }[]
    }
    const captured = vectors.find(({ name }) => name === 'v3-trade-bill-hash-captured')
    const { rows, summary } = await trades(Buffer.from(captured?.input.file_base64 ?? '', 'base64'))
    expect(rows.map(({ out_trade_no, total_fee }) => [out_trade_no, total_fee])).toEqual([
      ['S20210128170702357723', 1],
      ['S20210128153505214586', 1],
      ['S20210128165824499930', 1],
    ])
    expect(summary).toMatchObject({ count: 3, total_fee: 3, service_fee: 0 })
  })
})

describe('a fund flow bill', () => {
  const rows = [
    '`2026-01-05 09:15:01,`4200000001202601050000000001,`4200000001202601050000000001,`交易,`交易,`收入,`1.00,`101.00,`system,`结算总金额 1.00 元;含手续费 0.01 元,`T20260105091500',
    '`2026-01-05 18:00:00,`50300000012026010500000000001,`4200000001202601050000000001,`退款,`退款,`支出,`0.30,`100.69,`1900000001API,`退款总金额0.30元;含手续费0.00元,`R20260105180000',
  ]

  test.each<[string, string, string]>([
    ['of today', HEADERS.flow, '`2,`1,`1.00,`1,`0.30'],
    [
      'of before, with full-width brackets and decimals in counts',
      HEADERS.flow.replaceAll('(元)', '（元）'),
      '`2.0,`1.0,`1.0,`1.0,`0.3',
    ],
  ])('%s', async (_what, header, sums) => {
    const content = file(header, ...rows, SUMMARIES.flow, sums)
    const bill = await whole(readFundFlowBill(piecesOf(gzipSync(content))))
    expect(bill.rows[0]).toEqual({
      time: '2026-01-05 09:15:01',
      business_id: '4200000001202601050000000001',
      fund_flow_id: '4200000001202601050000000001',
      business_name: '交易',
      business_type: '交易',
      direction: 'income',
      amount: 100,
      balance: 10_100,
      applicant: 'system',
      remark: '结算总金额 1.00 元;含手续费 0.01 元',
      voucher_no: 'T20260105091500',
    })
    expect(bill.rows[1]).toMatchObject({ direction: 'expense', amount: 30, voucher_no: 'R20260105180000' })
    expect(bill.summary).toEqual({ count: 2, income_count: 1, income: 100, expense_count: 1, expense: 30 })
  })

  test('is not taken for a trade bill, nor the other way round', async () => {
    const content = file(HEADERS.flow, ...rows, SUMMARIES.flow, '`2,`1,`1.00,`1,`0.30')
    expect(await rejection(trades(content))).toMatchObject({ code: 'bad_message' })
    expect(await rejection(whole(readFundFlowBill(piecesOf(TRADES))))).toMatchObject({ code: 'bad_message' })
  })

  test('names a direction that is not documented', async () => {
    const wrong = file(
      HEADERS.flow,
      (rows[0] ?? '').replace('收入', '冻结'),
      SUMMARIES.flow,
      '`1,`1,`1.00,`0,`0.00',
    )
    expect(await rejection(whole(readFundFlowBill(piecesOf(wrong))))).toMatchObject({ code: 'bad_message' })
  })
})

describe('a bill is refused', () => {
  const zipped = gzipSync(TRADES)
  const withCell = (column: string, cell: string): string => {
    const cells = PAYMENT.slice(1).split(',`')
    cells[HEADERS.all.split(',').indexOf(column)] = cell
    return TRADES.replace(PAYMENT, `\`${cells.join(',`')}`)
  }

  test.each<[string, string | Uint8Array, RegExp]>([
    ['that is empty', '', /缺少列|没有汇总/],
    ['of a byte order mark', '\uFEFF', /没有汇总/],
    ['whose GZIP is cut short', zipped.subarray(0, -20), /GZIP/],
    ['whose GZIP ends with its header', zipped.subarray(0, 10), /GZIP/],
    ['whose GZIP was altered', Buffer.from(zipped).fill(0xff, 200, 210), /GZIP/],
    [
      'whose GZIP has another check sum',
      Buffer.from(zipped).fill(0, zipped.length - 8, zipped.length - 4),
      /GZIP/,
    ],
    ['cut short after a row', file(HEADERS.all, PAYMENT), /没有汇总/],
    ['cut short within a row', TRADES.slice(0, 700), /列数与表头不符|没有汇总/],
    ['cut short after the summary’s header', file(HEADERS.all, PAYMENT, SUMMARIES.trade), /没有汇总/],
    [
      'without a header of rows',
      file(SUMMARIES.trade, '`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00'),
      /没有明细表头/,
    ],
    ['with a row less than the summary says', TRADES.replace(`${REFUND}\r\n`, ''), /汇总笔数/],
    ['with a row more', TRADES.replace(REFUND, `${REFUND}\r\n${REFUND}`), /汇总笔数/],
    ['with something after the summary', `${TRADES}${PAYMENT}\r\n`, /汇总之后/],
    ['with a second summary', `${TRADES}\`2,\`1.00,\`0.30,\`0.00,\`0.00420,\`1.00,\`0.30\r\n`, /汇总之后/],
    ['with a cell too many', TRADES.replace('`示例商品A', '`示例,`商品A'), /第 2 行：列数/],
    ['with a cell too few', TRADES.replace(',`示例商品A', ''), /第 2 行：列数/],
    ['without the numbers of orders', TRADES.replace('商户订单号', '商户的订单号'), /缺少列.*商户订单号/],
    ['without amounts', TRADES.replace(',订单金额,', ',订单的金额,'), /缺少列.*订单金额/],
    ['with an amount in words', withCell('订单金额', '一元'), /第 2 行/],
    ['with an empty amount', withCell('订单金额', ''), /第 2 行/],
    ['with an amount of thousandths', withCell('订单金额', '1.001'), /第 2 行/],
    ['with an amount in groups', withCell('订单金额', '1,000.00'), /第 2 行/],
    ['with an amount in powers', withCell('订单金额', '1e2'), /第 2 行/],
    ['with a fee of six decimals', withCell('手续费', '0.006001'), /第 2 行/],
    ['with a state of tomorrow', withCell('交易状态', 'NEARLY'), /第 2 行/],
    ['with a refund without its number', withCell('交易状态', 'REFUND'), /第 2 行/],
    ['with a payment without its number', withCell('微信订单号', ''), /第 2 行/],
    ['with a sum in words', TRADES.replace('`2,`1.00', '`二,`1.00'), /第 5 行/],
    ['that is no bill', '<html></html>', /缺少列/],
    ['in another encoding', Buffer.concat([Buffer.from(TRADES), Buffer.from([0xd6, 0xd0, 0x0a])]), /UTF-8/],
  ])('%s', async (_what, content, reason) => {
    const error = await rejection(trades(content))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(String(error)).toMatch(reason)
  })

  test('with a line of a gigabyte, long before its end', async () => {
    let asked = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${HEADERS.all}\r\n\``)
      for (; asked < 16_384; asked += 1) yield Buffer.alloc(65_536, 'x')
    }
    const error = await rejection(whole(readTradeBill(endless())))
    expect(error).toMatchObject({ code: 'bad_message' })
    expect(asked).toBeLessThan(3)
  })

  test('with a line of a gigabyte that GZIP makes small', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from(`${HEADERS.all}\r\n\``), Buffer.alloc(50_000_000, 'x')]))
    expect(await rejection(trades(bomb))).toMatchObject({ code: 'bad_message' })
  })

  test('and what the connection says comes through', async () => {
    const broken = new TransportError({ message: 'the connection broke' })
    async function* half(content: Uint8Array): AsyncGenerator<Uint8Array> {
      yield content
      throw broken
    }
    for (const content of [Buffer.from(TRADES).subarray(0, 500), zipped.subarray(0, 100)])
      expect(await rejection(whole(readTradeBill(half(content))))).toBe(broken)
  })

  test('naming the line and none of its content', async () => {
    expect(String(await rejection(trades(withCell('订单金额', 'oTestOpenid'))))).not.toContain('oTestOpenid')
  })
})

test('the connection is given back when a reader leaves early', async () => {
  let given = 0
  async function* connection(content: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      yield* piecesOf(content, 100)
    } finally {
      given += 1
    }
  }
  for (const content of [Buffer.from(TRADES), gzipSync(TRADES)]) {
    for await (const row of readTradeBill(connection(content))) if (row.total_fee > 0) break
  }
  expect(given).toBe(2)
})

test('a summary that has not been read yet is not made up', () => {
  expect(() => readTradeBill(piecesOf(TRADES)).summary()).toThrow('还没有读完')
})

test('a bill cut anywhere is never taken for whole', async () => {
  const bytes = Buffer.from(TRADES)
  // From here on only digits of the last sum and the last line end are missing.
  const end = bytes.length - '.30\r\n'.length
  for (let length = 0; length < end; length += 1) {
    const error = await rejection(trades(bytes.subarray(0, length)))
    expect(error, `${length} of ${bytes.length}`).toBeInstanceOf(ProtocolError)
  }
})

describe('money', () => {
  test.each([
    ['0', 0],
    ['0.00', 0],
    ['-0.00', 0],
    ['1', 100],
    ['1.5', 150],
    ['0.3', 30],
    ['45.0', 4500],
    ['-0.02000', -2],
    ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('%s yuan is %i fen', (text, amount) => {
    expect(billFen(text)).toBe(amount)
  })

  test.each([
    '',
    '-',
    '.',
    '.5',
    '1.',
    '1.2.3',
    '--1',
    '+1',
    '1.001',
    ' 1',
    '1 ',
    '1e2',
    '￥1',
    '１',
    '90071992547409.92',
    'NaN',
  ])('%j is none', (text) => {
    expect(() => billFen(text)).toThrow(RangeError)
  })

  test('fees keep all of their decimals, there and back', () => {
    expect(milliFen('0.00600')).toBe(600)
    expect(milliFen('-0.00180')).toBe(-180)
    expect(milliFen('0.08')).toBe(8000)
    const digits = fc.integer({ min: 0, max: 99_999 }).map((value) => String(value).padStart(5, '0'))
    fc.assert(
      fc.property(
        fc.constantFrom('', '-'),
        fc.integer({ min: 1, max: 10 ** 9 }),
        digits,
        (sign, yuan, rest) => {
          const text = `${sign}${yuan}.${rest}`
          expect(milliFenToYuan(milliFen(text))).toBe(text)
          expect(milliFen(text)).toBe(Number(`${sign}${yuan}${rest}`))
        },
      ),
    )
  })

  test('counts may have a decimal that says nothing', () => {
    expect(billCount('48')).toBe(48)
    expect(billCount('45.0')).toBe(45)
    expect(() => billCount('45.5')).toThrow(RangeError)
  })
})

/** The same bill with its columns from right to left. */
function reversed(content: string): string {
  const [header = '', ...lines] = content.slice(1).split('\r\n')
  const turn = (line: string): string => line.split(',').reverse().join(',')
  return `\uFEFF${[turn(header), ...lines.slice(0, 2).map(turn), ...lines.slice(2)].join('\r\n')}`
}

/** The same bill as a spreadsheet saves it, with a quote where a cell needs none. */
function quoted(content: string): string {
  return content
    .slice(1)
    .split('\r\n')
    .map((line) =>
      line
        .split(',')
        .map((cell) => (cell === '' ? '' : `"${cell.replaceAll('"', '""')}"`))
        .join(','),
    )
    .join('\r\n')
}
