/** The consent sheet of `snsapi_userinfo` (授权弹窗). */
import { html, Page } from './page.tsx'

export interface Consent {
  accountName: string
  nickname: string
  /** Where each button leads. */
  allowUrl: string
  refuseUrl: string
}

export function consentPage({ accountName, nickname, allowUrl, refuseUrl }: Consent): string {
  return html(
    <Page title="微信登录">
      <div class="shade" />
      <main class="sheet" data-testid="consent">
        <div class="who">
          <i class="badge">{accountName.slice(0, 1)}</i>
          <b>{accountName}</b>
          <span>申请</span>
        </div>
        <h1>获取你的昵称、头像</h1>
        <div class="profile">
          <i>{nickname.slice(0, 1)}</i>
          <div>
            {nickname}
            <small>微信个人信息</small>
          </div>
          <em>✓</em>
        </div>
        <div class="buttons">
          <a href={refuseUrl} data-testid="consent-refuse">
            拒绝
          </a>
          <a class="yes" href={allowUrl} data-testid="consent-allow">
            允许
          </a>
        </div>
      </main>
    </Page>,
  )
}
