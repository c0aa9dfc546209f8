/** Pages that say one thing: an authorization that cannot be, a browser that is not WeChat, a refusal. */
import { html, Page } from './page.tsx'

/** `text` is WeChat's own line, error number included. */
export function authorizationErrorPage(text: string): string {
  return html(
    <Page title="微信登录">
      <main class="message" data-testid="authorization-error">
        <div class="icon warn">!</div>
        <p>{text}</p>
      </main>
    </Page>,
  )
}

export function notInWechatPage(): string {
  return html(
    <Page title="抱歉，出错了">
      <main class="message" data-testid="not-in-wechat">
        <div class="icon">i</div>
        <p>请在微信客户端打开链接</p>
      </main>
    </Page>,
  )
}

/** Where the visitor stays after 拒绝: no redirect happens. */
export function refusedPage(): string {
  return html(
    <Page title="微信登录">
      <main class="message" data-testid="consent-refused">
        <div class="icon">i</div>
        <p>你已拒绝授权</p>
        <small>关闭页面可返回公众号</small>
      </main>
    </Page>,
  )
}
