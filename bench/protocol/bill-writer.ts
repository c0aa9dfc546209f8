/** Trade bills as WeChat writes them, of any length, the same ones every time. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

const HEADER =
  '\uFEFF交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n'
const SUMMARY =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n'
const ROWS_AT_ONCE = 500

export async function writeTradeBill(file: string, rows: number): Promise<void> {
  const gzip = createGzip({ level: 6 })
  const written = pipeline(gzip, createWriteStream(file))
  const write = async (text: string): Promise<void> => {
    if (!gzip.write(text)) await once(gzip, 'drain')
  }
  await write(HEADER)
  const random = numbers(20_260_105)
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rows - first)
    await write(Array.from({ length: count }, (_, index) => row(first + index, random)).join(''))
  }
  await write(`${SUMMARY}\`${rows}.0,\`0.00,\`0.00,\`0.00,\`0.00000,\`0.00,\`0.00\r\n`)
  gzip.end()
  await written
}

/** One in ten is a refund. */
function row(index: number, random: (below: number) => number): string {
  const isRefund = index % 10 === 9
  const fen = random(100_000) + 1
  const yuan = (fen / 100).toFixed(2)
  const two = (below: number): string => String(random(below)).padStart(2, '0')
  const number = String(index).padStart(11, '0')
  const cells = [
    `2026-01-05 ${two(24)}:${two(60)}:${two(60)}`,
    ...['wx0000000000000001', '1900000001', '0', 'WEB', `42000000012026010${number}`, `T2026010${number}`],
    `oTestOpenid${String(random(1e9)).padStart(12, '0')}AbCdE`,
    ...['JSAPI', isRefund ? 'REFUND' : 'SUCCESS', 'CMB_DEBIT', 'CNY', isRefund ? '0.00' : yuan, '0.00'],
    ...(isRefund ? [`50000000012026010${number}`, `R2026010${number}`, yuan] : ['0', '0', '0.00']),
    ...['0.00', isRefund ? 'ORIGINAL' : '', isRefund ? 'SUCCESS' : ''],
    ...[
      `山间茶事 明前龙井${random(50)}号`,
      `order=${index}`,
      `${isRefund ? '-' : ''}${(fen * 0.00006).toFixed(5)}`,
    ],
    ...['0.60%', isRefund ? '0.00' : yuan, isRefund ? yuan : '0.00', ''],
  ]
  return `\`${cells.join(',`')}\r\n`
}

/** A linear congruence: the same numbers every time. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return state % below
  }
}
