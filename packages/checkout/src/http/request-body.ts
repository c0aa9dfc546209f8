/** Request bodies, read whole and never beyond a bound. */
import { BODY_IS_GONE } from './consumed-body.ts'
import { PublicFault } from './public-error.ts'

/** Counts what really arrives; a Content-Length may say anything. Throws 413, and 500 when the body is gone. */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.bodyUsed) throw new PublicFault('internal', BODY_IS_GONE)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > maxBytes)
      throw new PublicFault('bad_request', `the body is longer than ${maxBytes} bytes`, { status: 413 })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A JSON body. Throws 415 for another type, which a form of a foreign site could send, and 400 for what is not JSON. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    throw new PublicFault('bad_request', 'send JSON with content-type application/json', { status: 415 })
  const body = await readBody(request, maxBytes)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new PublicFault('bad_request', 'the body is not JSON in UTF-8')
  }
}
