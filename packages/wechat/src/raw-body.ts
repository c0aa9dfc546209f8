/**
 * The body of what WeChat posts, exactly as it came: everything that proves a notification is computed over its bytes. A body that
 * was parsed before cannot be proven any more, so it is refused with the line that has to move.
 */
import { ConfigError } from './errors.ts'

/** Bytes as servers hand them over, or the text that they are in UTF-8. */
export type RawBody = Uint8Array | ArrayBuffer | string

/** Throws `ConfigError` for anything else, which is no fault of the message but of how the server is put together. */
export function rawBody(body: RawBody): Uint8Array | string {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return body
  if (ArrayBuffer.isView(body)) return bytesOf(body)
  if (isArrayBuffer(body)) return new Uint8Array(body)
  throw new ConfigError([body === undefined || body === null ? NOT_READ : PARSED])
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Buffers of other realms, as test runners and edge runtimes have them, are no instances of ours. */
function isArrayBuffer(body: unknown): body is ArrayBuffer {
  return Object.prototype.toString.call(body) === '[object ArrayBuffer]'
}

const PARSED = `body: 通知已被解析，无法验签；需要原始请求体：把通知的路由放在 express.json() 等解析中间件之前，用 express.raw({ type: '*/*' })（Nest：rawBody: true，取 req.rawBody） / was parsed already, so nothing can verify it: mount the route before body parsers such as express.json() and read it raw with express.raw({ type: '*/*' }) (Nest: rawBody: true, then req.rawBody)`
const NOT_READ = `body: 没有请求体：先把请求的全部字节读出来，例如 express.raw({ type: '*/*' }) 或 await request.arrayBuffer() / is missing: read all bytes of the request first, as with express.raw({ type: '*/*' }) or await request.arrayBuffer()`
