/** A client that fetches the way back twice: once unseen, then for the visitor, with the same code. */
import { html, Page } from './page.tsx'

/** `url` is http or https. */
export function twicePage(url: string): string {
  return html(
    <Page title="微信登录">
      <iframe hidden title="callback" src={url} onload="location.replace(this.src)" />
    </Page>,
  )
}
