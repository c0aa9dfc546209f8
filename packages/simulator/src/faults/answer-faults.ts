/** Answers that go wrong on purpose: lost, late, an error in the place of the effect or after it, damaged on the way. */

import { SNS_CONTENT_TYPE, snsError } from '../account/sns.ts'
import { MINUTE_QUOTA_REACHED } from '../account/token-quotas.ts'
import { CGI_CONTENT_TYPE, cgiError } from '../account/tokens.ts'
import { authorizationErrorPage } from '../pages/message.tsx'
import { NGINX_HEADERS, nginxPage } from '../pages/nginx-page.ts'
import { errorV2 } from '../pay-v2/error-answer.ts'
import { refusalReply } from '../pay-v3/gateway.ts'
import { refusal, type V3Refusal } from '../pay-v3/refusal.ts'
import { staleHeaders, twistedHeaders } from '../pay-v3/twisted.ts'
import type { Simulation } from '../simulation.ts'
import type { AnswerFault } from './fault-kinds.ts'
import type { FaultPlace, FaultRequest } from './faults.ts'

export interface Answer {
  status: number
  /** By lower-case name. */
  headers: Record<string, string>
  body: string | Uint8Array<ArrayBuffer> | null
}

/** What a fault makes of an answer. */
export interface Damaged extends Answer {
  fault: AnswerFault
  /** The connection ends without it. */
  lost: boolean
  delaySeconds: number
}

export interface FaultyRequest {
  path: string
  body: string
  place: FaultPlace
}

const BEFORE = [
  'answer-lost-before-effect',
  'system-error-before-effect',
  'frequency-limited',
  'answer-refused',
  'bad-gateway-before-effect',
  'service-unavailable',
] as const

/** What is answered in the place of doing anything; undefined when no fault strikes. */
export function faultBefore(simulation: Simulation, request: FaultyRequest): Damaged | undefined {
  const struck = simulation.faults.strike(BEFORE, request.place)
  if (struck === undefined) return undefined
  const made = (answer: Answer): Damaged => ({ ...answer, fault: struck.kind, lost: false, delaySeconds: 0 })
  if (struck.kind === 'answer-lost-before-effect') return { ...made(NOTHING), lost: true }
  if (struck.kind === 'bad-gateway-before-effect') return made(gatewayPage('502 Bad Gateway'))
  if (struck.kind === 'service-unavailable') return made(gatewayPage('503 Service Temporarily Unavailable'))
  if (struck.kind === 'answer-refused') return made(refusedAs(simulation, request, struck))
  return made(errorOf(simulation, request, struck.kind === 'frequency-limited' ? 'frequency' : 'system'))
}

const AFTER = [
  'answer-lost-after-effect',
  'answer-slow',
  'system-error-after-effect',
  'bad-gateway-after-effect',
  'answer-garbage',
  'answer-truncated',
] as const
/** Of signed answers only. */
const SIGNED = ['answer-wrong-signature'] as const
/** Of answers that v3 signed. */
const SIGNED_V3 = ['answer-probe', 'answer-unknown-serial', 'answer-stale'] as const

/** What becomes of an answer whose effect is done; undefined when no fault strikes. */
export function faultAfter(
  simulation: Simulation,
  request: FaultyRequest,
  answer: Answer,
): Damaged | undefined {
  const { faults } = simulation
  const isV3 = answer.headers['wechatpay-signature'] !== undefined
  const kinds = [...AFTER, ...(isV3 || isSignedV2(answer) ? SIGNED : []), ...(isV3 ? SIGNED_V3 : [])]
  const struck = faults.strike(kinds, request.place)
  if (struck === undefined) return undefined
  const made = (damaged: Answer): Damaged => ({
    ...damaged,
    fault: struck.kind,
    lost: false,
    delaySeconds: 0,
  })
  switch (struck.kind) {
    case 'answer-lost-after-effect':
      return { ...made(answer), lost: true }
    case 'answer-slow':
      return { ...made(answer), delaySeconds: struck.delaySeconds ?? 0 }
    case 'system-error-after-effect':
      return made(errorOf(simulation, request, 'system'))
    case 'bad-gateway-after-effect':
      return made(gatewayPage('502 Bad Gateway'))
    case 'answer-garbage':
      return made(gatewayPage('200 Welcome', 200))
    case 'answer-truncated':
      return made({ ...answer, body: half(answer.body) })
    case 'answer-wrong-signature':
      return made(wronglySigned(simulation, answer))
    case 'answer-probe':
      return made({ ...answer, headers: twistedHeaders(answer.headers, 'probe', simulation.random) })
    case 'answer-unknown-serial':
      return made({ ...answer, headers: twistedHeaders(answer.headers, 'unknown-serial', simulation.random) })
    case 'answer-stale': {
      const { headers, body } = answer
      const about = { mchid: request.place.mchid ?? '', headers, body: typeof body === 'string' ? body : '' }
      return made({ ...answer, headers: staleHeaders(simulation, about) })
    }
  }
}

const NOTHING: Answer = { status: 200, headers: {}, body: null }

function gatewayPage(heading: string, status = Number(heading.slice(0, 3))): Answer {
  return { status, headers: { ...NGINX_HEADERS }, body: nginxPage({ status, heading }) }
}

/** WeChat's own error. */
function errorOf(simulation: Simulation, request: FaultyRequest, why: 'system' | 'frequency'): Answer {
  return saidAs(simulation, request, {
    v2: V2_ERRORS[why],
    v3: V3_ERRORS[why],
    page: PAGE_ERRORS[why],
    account: ACCOUNT_ERRORS[why],
  })
}

/** Any error that somebody wants to see; that of a permission that is not there when nothing is told of it. */
function refusedAs(
  simulation: Simulation,
  request: FaultyRequest,
  { code, text, status }: Pick<FaultRequest, 'code' | 'text' | 'status'>,
): Answer {
  if (code === undefined) return saidAs(simulation, request, NOT_PERMITTED)
  const words = text ?? code
  return saidAs(simulation, request, {
    v2: { code, text: words },
    v3: refusal(status ?? 400, code, words),
    page: `${words}，错误码:${code}`,
    account: [Number.isInteger(Number(code)) ? Number(code) : SYSTEM_BUSY, words],
  })
}

/** One error in the words of each protocol. */
interface Sayings {
  v2: { code: string; text: string }
  v3: V3Refusal
  /** Of the authorize page. */
  page: string
  /** Of the account's API: number and text. */
  account: readonly [number, string]
}

/** As the protocol of this path says it. */
function saidAs(simulation: Simulation, { path, body }: FaultyRequest, error: Sayings): Answer {
  if (/^\/(pay|secapi)\//.test(path)) {
    const said = errorV2(simulation, { path, body, ...error.v2 })
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: said }
  }
  if (path.startsWith('/v3/')) return refusalReply(simulation, { target: path }, error.v3)
  if (path.startsWith('/connect/')) {
    const headers = { 'content-type': 'text/html; charset=UTF-8' }
    return { status: 200, headers, body: authorizationErrorPage(error.page) }
  }
  const isSns = path.startsWith('/sns/')
  const [errcode, text] = error.account
  const { body: said } = (isSns ? snsError : cgiError)(simulation, errcode, text)
  const headers = { 'content-type': isSns ? SNS_CONTENT_TYPE : CGI_CONTENT_TYPE }
  return { status: 200, headers, body: JSON.stringify(said) }
}

const V2_ERRORS = {
  system: { code: 'SYSTEMERROR', text: '系统错误' },
  frequency: { code: 'FREQUENCY_LIMITED', text: '频率限制' },
}
/** Numbers are published of other errors only. */
const UNPUBLISHED = 268435456
const V3_ERRORS = {
  system: refusal(500, 'SYSTEM_ERROR', '系统繁忙，请稍后重试', UNPUBLISHED),
  frequency: refusal(429, 'FREQUENCY_LIMITED', '频率超限', 268447840),
}
const SYSTEM_BUSY = -1
const ACCOUNT_ERRORS = { system: [SYSTEM_BUSY, 'system error'], frequency: MINUTE_QUOTA_REACHED } as const
/** Of the authorize page only the second is documented; the first is what visitors report to have seen. */
const PAGE_ERRORS = { system: '该链接无法访问', frequency: '操作太频繁了，请稍后重试，错误码:10009' }

const NOT_PERMITTED: Sayings = {
  v2: { code: 'NOAUTH', text: '商户无此接口权限' },
  v3: refusal(403, 'NO_AUTH', '商户号该产品权限未开通，请前往商户平台>产品中心检查后重试'),
  page: '此公众号并没有这些scope的权限，错误码:10005',
  account: [48004, 'api forbidden for irregularities'],
}

const SIGN_ELEMENT = /(<sign>(?:<!\[CDATA\[)?)(\w)/

function isSignedV2({ body }: Answer): boolean {
  return typeof body === 'string' && SIGN_ELEMENT.test(body)
}

function wronglySigned(simulation: Simulation, answer: Answer): Answer {
  const { body, headers } = answer
  if (typeof body === 'string' && SIGN_ELEMENT.test(body))
    return {
      ...answer,
      body: body.replace(
        SIGN_ELEMENT,
        (_all, before: string, first: string) => before + (first === 'A' ? 'B' : 'A'),
      ),
    }
  return { ...answer, headers: twistedHeaders(headers, 'wrong-signature', simulation.random) }
}

function half(body: Answer['body']): Answer['body'] {
  return body === null ? null : body.slice(0, Math.ceil(body.length / 2))
}
