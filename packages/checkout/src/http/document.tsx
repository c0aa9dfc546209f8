/** The frame of every page we render: Chinese, for a telephone first, one inline style and at most one inline script. */
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { PAGE_STYLE } from './page-style.ts'

export interface DocumentProps {
  title: string
  /** Of this response's Content-Security-Policy. */
  nonce: string
  /** Bundled page script. */
  script?: string
  children: Child
}

export function Document({ title, nonce, script, children }: DocumentProps): Child {
  return (
    <>
      {raw('<!doctype html>')}
      <html lang="zh-CN">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover" />
          <meta name="format-detection" content="telephone=no" />
          <meta name="color-scheme" content="light dark" />
          <title>{title}</title>
          <style nonce={nonce}>{raw(PAGE_STYLE)}</style>
        </head>
        <body>
          {children}
          {script === undefined ? null : <script nonce={nonce}>{raw(script)}</script>}
        </body>
      </html>
    </>
  )
}

/** Round signs drawn as text by the style, so that a page needs no picture. */
export type Sign = 'done' | 'info' | 'wait' | 'warn'

export function SignHead({ sign, title, children }: { sign: Sign; title: string; children?: Child }): Child {
  return (
    <>
      <i class={`sign ${sign}`} aria-hidden="true" />
      <h1>{title}</h1>
      {children === undefined ? null : <p class="hint">{children}</p>}
    </>
  )
}
