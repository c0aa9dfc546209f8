/**
 * What every request to WeChat passes, whatever it asks: its body is read once, faults strike before or after the effect,
 * and what was said is recorded.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { threadsOf } from '../cashier/threads.ts'
import type { Exchange, Party } from '../exchanges.ts'
import {
  type Answer,
  type Damaged,
  type FaultyRequest,
  faultAfter,
  faultBefore,
} from '../faults/answer-faults.ts'
import { FAULT_KINDS } from '../faults/fault-kinds.ts'
import type { Wechat } from '../wechat.ts'
import { wireSeconds } from '../wire-clock.ts'

/** What the node server knows of a connection; absent when `fetch` is called directly. */
export interface Connection {
  incoming?: { url?: string | undefined; socket: { remoteAddress?: string | undefined } }
  outgoing?: { destroy(): unknown }
  /** What the client presented in the TLS handshake; `certificateRefusal` judges it. */
  clientCertificatePem?: string | undefined
}

/** Marks an answer that a fault takes away; it never leaves the simulator. */
export const LOST = 'simulator-answer-lost'

/** One request as WeChat understood it. */
export interface Heard {
  from: Party
  title: string
  refused?: string | undefined
  note?: string | undefined
  signature?: Exchange['signature']
  outTradeNo?: string | undefined
  /** Whose telephone asked. */
  userId?: string | undefined
  /** The body of the answer, before it was compressed; read from the answer when not given. */
  text?: string | undefined
}

export type ServiceEnvironment = {
  Bindings: Connection
  Variables: { heard: Heard; requestBody: Uint8Array<ArrayBuffer> }
}

/** Paths of WeChat; what lies elsewhere is not there, whatever is armed. */
const SERVED = /^\/(connect|sdk|sns|cgi-bin|pay|secapi|v3)\//

/** Writes down a call of an address that WeChat has not, so that one who looks for it in the log finds it. */
export function recordMissing({ exchanges }: Wechat, c: Context): void {
  const { path, method, url } = c.req
  if (!SERVED.test(path)) return
  const request = { method, url, headers: c.req.header(), body: '' }
  exchanges.record({
    from: 'merchant',
    to: 'wechat',
    title: path,
    ...threadsOf([url]),
    request,
    response: { status: 404, headers: {}, body: '' },
    outcome: 'refused',
    note: '404 这个域名下没有这个地址 there is no such path at this host',
  })
}

export function front(wechat: Wechat): MiddlewareHandler<ServiceEnvironment> {
  return async (c, next) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    c.set('requestBody', bytes)
    const body = DECODER.decode(bytes)
    const faulty = isUsual(wechat) ? undefined : faultyRequest(c, body)
    const before = faulty && faultBefore(wechat, faulty)
    if (before === undefined) await next()
    else c.set('heard', { from: c.req.path.startsWith('/connect/') ? 'page' : 'merchant', title: c.req.path })
    const heard = c.get('heard')
    if (heard === undefined) return
    const damaged = before ?? (faulty && faultAfter(wechat, faulty, await answerOf(c)))
    await record(wechat, c, { heard, body, damaged })
    if (damaged !== undefined) await arrive(wechat, c, damaged)
    if (faulty !== undefined) c.header('date', dateOf(wechat, faulty))
  }
}

/** Nothing is armed, and the world's time is this machine's: answers need no second look. */
function isUsual({ faults, schedule }: Wechat): boolean {
  return faults.armed().length === 0 && !schedule.isAhead()
}

/** What the fault has left of the answer, when it lets it go. */
async function arrive({ schedule }: Wechat, c: ServiceContext, damaged: Damaged): Promise<void> {
  const { delaySeconds, lost, status, headers, body } = damaged
  if (delaySeconds > 0) await schedule.passed(delaySeconds)
  c.res = undefined
  c.res = lost ? new Response(null, { headers: { [LOST]: 'yes' } }) : new Response(body, { status, headers })
}

/** As an HTTP header: the time by WeChat's clock, of which merchants can tell how wrong their own is. */
function dateOf(wechat: Wechat, { place }: FaultyRequest): string {
  const { mchid } = place
  const seconds =
    mchid === undefined
      ? Math.floor(wechat.schedule.machine() / 1000) + wechat.faults.skewSeconds(place)
      : wireSeconds(wechat, mchid)
  return new Date(seconds * 1000).toUTCString()
}

const DECODER = new TextDecoder()

type ServiceContext = Context<ServiceEnvironment>

function faultyRequest(c: ServiceContext, body: string): FaultyRequest | undefined {
  const { path } = c.req
  if (!SERVED.test(path)) return undefined
  const { hostname: host } = new URL(c.req.url)
  return { path, body, place: { host, path, ...threadsOf(asked(c, body)) } }
}

function asked(c: ServiceContext, body: string): string[] {
  return [c.req.url, body, c.req.header('authorization') ?? '']
}

async function answerOf(c: ServiceContext): Promise<Answer> {
  const { status, headers } = c.res
  const bytes = new Uint8Array(await c.res.clone().arrayBuffer())
  return { status, headers: Object.fromEntries(headers), body: bytes.length === 0 ? null : textIn(bytes) }
}

/** A compressed bill is no text. */
function textIn(bytes: Uint8Array<ArrayBuffer>): Answer['body'] {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes
  }
}

interface Conclusion {
  heard: Heard
  body: string
  damaged: Damaged | undefined
}

async function record(
  wechat: Wechat,
  c: ServiceContext,
  { heard, body, damaged }: Conclusion,
): Promise<void> {
  const { refused, note, text, ...rest } = heard
  const said = damaged === undefined ? (text ?? (await spoken(c.res))) : wordsOf(damaged.body)
  const { status, headers } = damaged ?? { status: c.res.status, headers: Object.fromEntries(c.res.headers) }
  wechat.exchanges.record({
    to: 'wechat',
    ...threadsOf([...asked(c, body), said]),
    ...rest,
    request: { method: c.req.method, url: c.req.url, headers: c.req.header(), body },
    response: damaged?.fault === 'answer-lost-before-effect' ? undefined : { status, headers, body: said },
    requestId: headers['request-id'],
    outcome: damaged !== undefined ? 'fault' : refused === undefined ? 'ok' : 'refused',
    note: damaged === undefined ? (refused ?? note) : faultNote(damaged),
  })
}

/** Pages are for people; the log has no use for their source. */
async function spoken(response: Response): Promise<string> {
  const isPage = (response.headers.get('content-type') ?? '').startsWith('text/html')
  return isPage ? '' : await response.clone().text()
}

function wordsOf(body: Answer['body']): string {
  return typeof body === 'string' ? body : `[${body?.length ?? 0} bytes]`
}

function faultNote({ fault, delaySeconds }: Damaged): string {
  const { zh, en } = FAULT_KINDS[fault]
  const late = delaySeconds === 0 ? '' : ` +${delaySeconds} s`
  return `${zh} ${en}${late} (fault ${fault})`
}
