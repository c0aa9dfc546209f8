/** The frame of WeChat's own pages: one message or one sheet on a quiet ground, light or dark. */
import type { Child, FC } from 'hono/jsx'

const STYLE = `
:root { color-scheme: light dark; --ground: #ededed; --card: #fff; --text: rgba(0,0,0,.9); --soft: rgba(0,0,0,.5); --line: rgba(0,0,0,.1); --button: rgba(0,0,0,.05); }
@media (prefers-color-scheme: dark) { :root { --ground: #111; --card: #2c2c2c; --text: rgba(255,255,255,.86); --soft: rgba(255,255,255,.5); --line: rgba(255,255,255,.1); --button: rgba(255,255,255,.1); } }
* { box-sizing: border-box; margin: 0 }
body { min-height: 100vh; font: 17px/1.4 -apple-system, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif; background: var(--ground); color: var(--text) }
.message { padding: 22vh 32px 0; text-align: center } .message p { margin-top: 24px } .message small { display: block; margin-top: 12px; color: var(--soft); font-size: 14px }
.icon { width: 64px; height: 64px; border-radius: 50%; background: #10aeff; color: #fff; font: bold 40px/64px Georgia, serif; margin: 0 auto }
.icon.warn { background: #fa9d3b }
.shade { position: fixed; inset: 0; background: rgba(0,0,0,.5) }
.sheet { position: fixed; left: 0; right: 0; bottom: 0; max-width: 480px; margin: 0 auto; padding: 22px 24px 40px; background: var(--card); border-radius: 12px 12px 0 0 }
.who { display: flex; align-items: center; gap: 8px; font-size: 15px } .who b { font-weight: 500 } .who span { color: var(--soft) }
.badge { width: 24px; height: 24px; border-radius: 4px; background: #07c160; color: #fff; font-size: 14px; font-style: normal; line-height: 24px; text-align: center }
h1 { margin: 24px 0 16px; font-size: 19px; font-weight: 600 }
.profile { display: flex; align-items: center; gap: 12px; padding: 14px 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line) }
.profile i { width: 40px; height: 40px; border-radius: 4px; background: #576b95; color: #fff; font-size: 18px; font-style: normal; line-height: 40px; text-align: center }
.profile small { display: block; color: var(--soft); font-size: 13px } .profile em { margin-left: auto; color: #07c160; font-style: normal }
.buttons { display: flex; justify-content: center; gap: 16px; margin-top: 40px }
.buttons a { width: 136px; padding: 9px 0; border-radius: 6px; text-align: center; text-decoration: none; font-weight: 500; background: var(--button); color: #06ad56 }
.buttons a.yes { background: #07c160; color: #fff }
`

export const Page: FC<{ title: string; children?: Child }> = ({ title, children }) => (
  <html lang="zh-CN">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title}</title>
      <style dangerouslySetInnerHTML={{ __html: STYLE }} />
    </head>
    <body>{children}</body>
  </html>
)

/** The document as text. */
export function html(page: { toString(): string | Promise<string> }): string {
  return `<!doctype html>${String(page)}`
}
