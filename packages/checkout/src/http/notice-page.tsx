/** Pages that say what went wrong and what to do now: no order on them, nothing to pay. */
import type { Context } from 'hono'
import type { HttpContext, HttpEnv } from './context.ts'
import { Document, type Sign, SignHead } from './document.tsx'
import { contentSecurityPolicy } from './headers.ts'
import type { PublicFault } from './public-error.ts'
import type { SignInRequest } from './sign-in.ts'

type Status = 400 | 403 | 404 | 500 | 502 | 503

interface Notice {
  status: Status
  sign: Sign
  title: string
  hint: string
  /** Text of the button that signs in again. */
  again?: string
}

export type NoticeKind =
  | 'sign_in_refused'
  | 'sign_in_lost'
  | 'sign_in_busy'
  | 'wechat_silent'
  | 'return_refused'
  | 'order_not_found'
  | 'bad_request'
  | 'not_found'
  | 'internal'

const NOTICES: Record<NoticeKind, Notice> = {
  sign_in_refused: {
    status: 403,
    sign: 'info',
    title: '未完成授权',
    hint: '需要微信授权才能识别付款账号，不会读取你的聊天记录或好友。',
    again: '重新授权',
  },
  sign_in_lost: {
    status: 400,
    sign: 'warn',
    title: '登录没有成功',
    hint: '链接可能已过期，或浏览器禁用了 Cookie。请重新登录；若仍不成功，请从公众号菜单重新进入。',
    again: '重新登录',
  },
  sign_in_busy: {
    status: 503,
    sign: 'wait',
    title: '正在登录',
    hint: '微信响应较慢，请稍等片刻再试。',
    again: '重试',
  },
  wechat_silent: {
    status: 502,
    sign: 'warn',
    title: '暂时连不上微信',
    hint: '登录没有完成，请稍后重试。',
    again: '重试',
  },
  return_refused: {
    status: 400,
    sign: 'warn',
    title: '链接无效',
    hint: '登录后要返回的地址不属于本站，已停止跳转。',
  },
  bad_request: { status: 400, sign: 'warn', title: '链接有误', hint: '请返回商家页面重新进入。' },
  order_not_found: {
    status: 404,
    sign: 'info',
    title: '找不到这笔订单',
    hint: '订单不存在，或不属于当前微信账号。',
  },
  not_found: { status: 404, sign: 'info', title: '没有这个页面', hint: '请返回商家页面重新进入。' },
  internal: {
    status: 500,
    sign: 'warn',
    title: '系统开了小差',
    hint: '请稍后重试，款项不会因此多扣。',
  },
}

/** A page for one of the known situations; with `signIn` its button begins that sign-in again. */
export function noticePage(
  http: HttpContext,
  c: Context<HttpEnv>,
  kind: NoticeKind,
  { signIn }: { signIn?: SignInRequest } = {},
): Response | Promise<Response> {
  const notice: Notice = NOTICES[kind]
  const { nonce, requestId } = c.var
  c.header('content-security-policy', contentSecurityPolicy(http, nonce))
  c.header('x-shouyin-notice', kind)
  const page = (
    <Document title={notice.title} nonce={nonce}>
      <main>
        <header>
          <SignHead sign={notice.sign} title={notice.title}>
            {notice.hint}
          </SignHead>
        </header>
        <nav>
          {notice.again !== undefined && signIn !== undefined ? (
            <a class="button" href={http.payers.signInUrl(signIn.returnTo, { scope: signIn.scope })}>
              {notice.again}
            </a>
          ) : null}
          <a class="link" href={http.site.returnUrl}>
            返回商家
          </a>
          <p class="notice">编号 {requestId}</p>
        </nav>
      </main>
    </Document>
  )
  return c.html(page, notice.status)
}

/** The page for an error that a page route threw. */
export function faultPage(
  http: HttpContext,
  c: Context<HttpEnv>,
  fault: PublicFault,
): Response | Promise<Response> {
  const known = fault.code in NOTICES
  return noticePage(http, c, known ? (fault.code as NoticeKind) : 'internal')
}
