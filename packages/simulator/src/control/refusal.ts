/** How the control API says no: `{"error":{"code","message"}}` with a status of 4xx, in Chinese and English. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { bilingual } from '../bilingual.ts'

/** The request's JSON, read. An empty body counts as `{}`. */
export async function bodyOf<Value>(c: Context, shape: z.ZodType<Value>): Promise<Value> {
  const text = await c.req.text()
  return read(text === '' ? {} : JSON.parse(text), shape)
}

/** The query of the address, read. */
export function queryOf<Value>(c: Context, shape: z.ZodType<Value>): Value {
  return read(c.req.query(), shape)
}

/** The number at the end of a path. */
export function idOf(c: Context): number {
  return read({ id: Number(c.req.param('id')) }, idShape).id
}

const idShape = z.object({ id: z.int() })

function read<Value>(value: unknown, shape: z.ZodType<Value>): Value {
  const parsed = shape.safeParse(value, { error: bilingual })
  if (parsed.success) return parsed.data
  throw new HTTPException(400, { message: z.prettifyError(parsed.error) })
}

/** Turns an error of the world or of the pay sheet, which are words for a person, into an answer. */
export function orRefuse<Value>(status: ContentfulStatusCode, work: () => Value): Value {
  try {
    return work()
  } catch (cause) {
    throw refusal(status, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

export function refusal(status: ContentfulStatusCode, message: string, cause?: unknown): HTTPException {
  return new HTTPException(status, { message, cause })
}
