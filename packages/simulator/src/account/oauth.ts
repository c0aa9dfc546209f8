/**
 * Web authorization as WeChat does it: the authorize page, the consent, the way back with a code.
 * Source: 公众号文档 "网页授权"; texts and orders of evaluation from the protocol notes kept with the vectors.
 */

import { consentPage } from '../pages/consent.tsx'
import { authorizationErrorPage, notInWechatPage, refusedPage } from '../pages/message.tsx'
import { twicePage } from '../pages/twice.tsx'
import { accountOf, userOf } from '../simulation.ts'
import type { Viewer } from '../viewer.ts'
import { keepNewest, type Wechat } from '../wechat.ts'
import type { OfficialAccount, User } from '../world.ts'
import { domainCovers } from './domains.ts'

const CODE_LIFE_MS = 5 * 60 * 1000
const CONSENT_LIFE_MS = 30 * 24 * 3600 * 1000
const SCOPES = ['snsapi_base', 'snsapi_userinfo']
/** Our own parameter, set by the buttons of the consent page. */
const DECISION = 'simulator_consent'
const STATE_NOTE = 'state 超出文档允许的字符或长度 state beyond the documented a-zA-Z0-9, at most 128'
const UNREACHABLE = '该链接无法访问'
/** The phone remembers a user whom another world had. */
const NOBODY =
  '手机上的微信用户不在这个世界里，请重新打开手机 this phone’s user is not in this world: open the phone anew'
const DOCUMENTED_ORDER = ['appid', 'redirect_uri', 'response_type', 'scope', 'state']
const ORDER_NOTE = `参数顺序与文档不同 parameters in another order than documented: ${DOCUMENTED_ORDER.join(', ')}`
const TWICE_NOTE = '回调两次，同一个 code the callback is opened twice with one code (fault)'

export type AuthorizeAnswer =
  /** `note` is for the merchant's developer: what works today and is not promised. */
  | { outcome: 'redirect'; to: string; note?: string }
  | { outcome: 'ask'; page: string; note?: string }
  | { outcome: 'refused'; page: string; text: string }

/** `GET /connect/oauth2/authorize`; `viewer` is undefined outside WeChat. */
export function authorize(wechat: Wechat, url: URL, viewer: Viewer | undefined): AuthorizeAnswer {
  if (viewer === undefined)
    return { outcome: 'refused', page: notInWechatPage(), text: '请在微信客户端打开链接' }
  const query = url.searchParams
  const account = accountOf(wechat, query.get('appid') ?? '')
  const user = userOf(wechat, viewer.userId)
  const text =
    user === undefined ? NOBODY : (authorizeProblem(query, account, user) ?? orderProblem(wechat, query))
  if (text !== undefined || account === undefined || user === undefined)
    return { outcome: 'refused', page: authorizationErrorPage(text ?? ''), text: text ?? '' }
  const detours = wechat.world.behaviour.authorizeDetour === 'first-hit'
  if (detours && query.get('connect_redirect') !== '1')
    return { outcome: 'redirect', to: withConnectRedirect(url) }
  return decide(wechat, url, { account, user, viewer })
}

/** WeChat's own line, error number included. Only the first problem is told, in this order. */
function authorizeProblem(
  query: URLSearchParams,
  account: OfficialAccount | undefined,
  user: User | undefined,
): string | undefined {
  const given = (name: string): string => query.get(name) ?? ''
  if (given('appid') === '') return 'appid不能为空，错误码:10012'
  if (account === undefined) return '不支持微信开放平台的Appid，请使用公众号Appid，错误码:10016'
  if (account.banned) return '此公众号被封禁，错误码:10004'
  if (given('redirect_uri') === '') return 'redirect_uri不能为空，错误码:10011'
  if (!domainCovers(account.authorizationDomains, given('redirect_uri'), account.testAccount))
    return 'redirect_uri域名与后台配置不一致，错误码:10003'
  if (given('scope') === '') return 'scope不能为空，错误码:10010'
  if (account.kind !== 'service' || !account.verified || !SCOPES.includes(given('scope')))
    return '此公众号并没有这些scope的权限，错误码:10005'
  if (account.followersOnly && user?.follows.includes(account.appid) !== true)
    return '必须关注此测试号，错误码:10006'
  // Nobody has authorized a third-party platform here.
  if (query.has('component_appid')) return '公众号未授权第三方平台，请检查授权状态，错误码:10015'
  return given('response_type') === 'code' ? undefined : UNREACHABLE
}

/** The documents claim that another order makes the page unreachable; it was never seen. */
function orderProblem({ world }: Wechat, query: URLSearchParams): string | undefined {
  return world.behaviour.authorizeOrder === 'documented' && !isInOrder(query) ? UNREACHABLE : undefined
}

function isInOrder(query: URLSearchParams): boolean {
  const named = [...query.keys()].filter((name) => DOCUMENTED_ORDER.includes(name))
  return named.join() === DOCUMENTED_ORDER.filter((name) => named.includes(name)).join()
}

interface Visit {
  account: OfficialAccount
  user: User
  viewer: Viewer
}

/** Silently back with a code, or the consent page first; after 拒绝 the visitor stays where it is. */
function decide(wechat: Wechat, url: URL, visit: Visit): AuthorizeAnswer {
  const { account, user } = visit
  const query = url.searchParams
  const decision = query.get(DECISION)
  if (decision === 'refuse') return refused(wechat, query)
  if (decision === 'allow') wechat.consents.set(`${user.id} ${account.appid}`, wechat.schedule.now())
  const isForced = forcesSnapshot(wechat, query, visit)
  if (decision !== 'allow' && !isForced && asksForConsent(wechat, query, visit)) {
    const names = { accountName: account.name, nickname: user.nickname }
    return { outcome: 'ask', page: consentPage({ ...names, ...decisionUrls(url) }) }
  }
  const state = query.get('state') ?? ''
  const to = callbackUrl(
    query.get('redirect_uri') ?? '',
    newCode(wechat, query, { ...visit, isForced }),
    state,
  )
  const notes = remarks(query)
  if (wechat.faults.strikes('callback-doubled', { host: url.hostname, path: url.pathname }))
    return { outcome: 'ask', page: twicePage(to), note: TWICE_NOTE }
  return { outcome: 'redirect', to, ...(notes === '' ? {} : { note: notes }) }
}

/** Three readings of what happens are in use; the visitor stays unless this world says otherwise. */
function refused({ world }: Wechat, query: URLSearchParams): AuthorizeAnswer {
  const { consentRefusal } = world.behaviour
  const text = '用户拒绝授权'
  if (consentRefusal === 'stays') return { outcome: 'refused', page: refusedPage(), text }
  const code = consentRefusal === 'authdeny' ? 'authdeny' : undefined
  const to = callbackUrl(query.get('redirect_uri') ?? '', code, query.get('state') ?? '')
  return { outcome: 'redirect', to, note: text }
}

/** What works and is not promised. */
function remarks(query: URLSearchParams): string {
  return [
    ...(/^[a-zA-Z0-9]{0,128}$/.test(query.get('state') ?? '') ? [] : [STATE_NOTE]),
    ...(isInOrder(query) ? [] : [ORDER_NOTE]),
  ].join('; ')
}

/** A follower who came from the account's chat or menu is not asked, nor is one who consented lately, unless the page insists. */
function asksForConsent(wechat: Wechat, query: URLSearchParams, { account, user, viewer }: Visit): boolean {
  if (query.get('scope') !== 'snsapi_userinfo') return false
  if (isSilent(account, user, viewer)) return false
  return query.get('forcePopup') === 'true' || !consentedLately(wechat, account, user)
}

function isSilent({ appid }: OfficialAccount, { follows }: User, { entry }: Viewer): boolean {
  return follows.includes(appid) && entry !== 'link'
}

function consentedLately({ consents, schedule }: Wechat, { appid }: OfficialAccount, { id }: User): boolean {
  const consentedAt = consents.get(`${id} ${appid}`)
  return consentedAt !== undefined && consentedAt + CONSENT_LIFE_MS > schedule.now()
}

/** `forceSnapShot`: who would have been asked is a snapshot visitor instead; nobody else is. */
function forcesSnapshot(wechat: Wechat, query: URLSearchParams, { account, user, viewer }: Visit): boolean {
  const isMeant = query.get('forceSnapShot') === 'true' && query.get('scope') === 'snsapi_userinfo'
  return isMeant && !isSilent(account, user, viewer) && !consentedLately(wechat, account, user)
}

function decisionUrls(url: URL): { allowUrl: string; refuseUrl: string } {
  const decided = (decision: string): string => {
    const next = new URL(url)
    next.searchParams.set(DECISION, decision)
    return `${next.pathname}${next.search}`
  }
  return { allowUrl: decided('allow'), refuseUrl: decided('refuse') }
}

/** The first hit is sent to itself once more, which is what delivers some callbacks twice. */
function withConnectRedirect(url: URL): string {
  const again = new URL(url)
  again.searchParams.set('connect_redirect', '1')
  return `${again.pathname}${again.search}`
}

function newCode(
  wechat: Wechat,
  query: URLSearchParams,
  { account, user, viewer, isForced }: Visit & { isForced: boolean },
): string {
  const code = `0${wechat.random.text(31)}`
  const expiresAt = wechat.schedule.now() + CODE_LIFE_MS
  const scope = query.get('scope') ?? ''
  const snapshot = isForced || user.snapshot || viewer.snapshot === true
  const { appid } = account
  wechat.codes.set(code, { code, appid, userId: user.id, scope, snapshot, expiresAt, used: false })
  keepNewest(wechat.codes)
  return code
}

/** Code, where there is one, and state go behind the query and before the fragment, which hash routers trip over. */
export function callbackUrl(redirectUri: string, code: string | undefined, state: string): string {
  const [address = '', ...fragment] = redirectUri.split('#')
  const hash = fragment.length === 0 ? '' : `#${fragment.join('#')}`
  const withPath = /^https?:\/\/[^/?#]+$/.test(address) ? `${address}/` : address
  const joint = withPath.includes('?') ? '&' : '?'
  const withCode = code === undefined ? '' : `code=${code}&`
  const url = `${withPath}${joint}${withCode}state=${encodeURIComponent(state)}${hash}`
  // In a header only ASCII; what is encoded already stays as it is.
  return url.replace(/[^\x20-\x7e]+/gu, encodeURIComponent)
}
