/**
 * The lines of a bill, while its bytes come: LF or CRLF, with or without a byte order mark and a last line end. Each line is a text
 * of its own, so that whoever keeps a cell of it keeps that line and not the piece of the file it came in.
 */
import { isUtf8 } from 'node:buffer'
import { ProtocolError } from '../errors.ts'

/** The longest texts of a line are limited to 128 bytes each; this is many times what all columns can hold. */
const MAX_LINE_BYTES = 64 * 1024
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d]

/** As many at once as a piece holds. Throws `ProtocolError` for a line without end and for what is not UTF-8. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void, undefined> {
  let held: Buffer[] = []
  let heldBytes = 0
  let isFirst = true
  for await (const piece of bytes) {
    const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    const end = buffer.lastIndexOf(LINE_FEED) + 1
    if (end > 0) {
      const whole = Buffer.concat([...held, buffer.subarray(0, end)])
      yield split(isFirst ? withoutMark(whole) : whole)
      isFirst = false
      held = []
      heldBytes = 0
    }
    if (end === buffer.length) continue
    held.push(Buffer.from(buffer.subarray(end)))
    heldBytes += buffer.length - end
    if (heldBytes > MAX_LINE_BYTES) throw tooLong()
  }
  if (heldBytes === 0) return
  const last = Buffer.concat([...held, Buffer.from([LINE_FEED])])
  yield split(isFirst ? withoutMark(last) : last)
}

function withoutMark(whole: Buffer): Buffer {
  return whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? whole.subarray(3) : whole
}

/** Every line of it has its end. */
function split(whole: Buffer): string[] {
  if (!isUtf8(whole)) throw new ProtocolError('bad_message', '账单不是 UTF-8 / the bill is not UTF-8')
  const lines: string[] = []
  for (let at = 0; at < whole.length; ) {
    const next = whole.indexOf(LINE_FEED, at)
    if (next - at > MAX_LINE_BYTES) throw tooLong()
    lines.push(whole.toString('utf8', at, whole[next - 1] === CARRIAGE_RETURN && next > at ? next - 1 : next))
    at = next + 1
  }
  return lines
}

function tooLong(): ProtocolError {
  return new ProtocolError('bad_message', '账单有过长的行 / the bill has a line that is too long')
}
