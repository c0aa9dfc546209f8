/** GZIP around a bill, or none: the first two bytes tell. Source: RFC 1952; API v2 and v3 docs, "下载交易账单" (tar_type). */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ProtocolError } from '../errors.ts'
import { continued } from './bytes.ts'

/**
 * The bytes of the file itself, of however many GZIP members. Throws `ProtocolError` where GZIP is cut short or damaged; what the
 * source throws comes through unchanged.
 */
export async function* inflated(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  const head = await beginning(source)
  const whole = continued(head, source)
  yield* head[0] === 0x1f && head[1] === 0x8b ? gunzipped(whole) : whole
}

type Source = AsyncIterator<Uint8Array> | Iterator<Uint8Array>

async function beginning(source: Source): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const next = await source.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return head
}

/** Larger pieces than Node's own 16 KiB save a third of the time. */
const PIECE_BYTES = 64 * 1024

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES })
  // What goes wrong comes out of the iteration; there is nothing to do about it here.
  pipeline(Readable.from(bytes, { objectMode: false }), gunzip, () => undefined)
  try {
    yield* gunzip as AsyncIterable<Uint8Array>
  } catch (error) {
    if (!isOfZlib(error)) throw error
    throw new ProtocolError(
      'bad_message',
      '账单的 GZIP 不完整或已损坏 / the bill’s GZIP is cut short or damaged',
    )
  } finally {
    gunzip.destroy()
  }
}

function isOfZlib(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))
}
