/** The bytes of a bill, from wherever they come. */
import { ConfigError } from '../errors.ts'

/** A download as it comes, a stream of a file, or the whole of a file: its bytes, or its text. */
export type BillBytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array | string

/** Throws `ConfigError` for what is none of these. */
export function piecesOf(bytes: BillBytes): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof bytes === 'string') return [Buffer.from(bytes, 'utf8')]
  if (ArrayBuffer.isView(bytes)) return [bytes]
  if (isIterable(bytes)) return bytes
  throw new ConfigError([`bytes: ${NOT_BYTES}`])
}

/** Options of programs that have no types may be anything. */
function isIterable(bytes: unknown): boolean {
  const isObject = typeof bytes === 'object' && bytes !== null
  return isObject && (Symbol.asyncIterator in bytes || Symbol.iterator in bytes)
}

const NOT_BYTES =
  '应为账单的字节流、文件流或整个文件 / must be the bytes of a bill as they come, a stream of a file, or a whole file'

/** A piece that was taken off to be looked at, and the rest; whoever stops reading early ends the source. */
export async function* continued(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array> | Iterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (head.byteLength > 0) yield head
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
