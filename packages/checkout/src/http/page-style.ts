/** The look of our pages, after WeUI: quiet greys, one green, a card in the middle of wide screens. */
const STYLE = `
:root{--bg:#ededed;--card:#fff;--ink:rgba(0,0,0,.9);--grey:rgba(0,0,0,.55);--line:rgba(0,0,0,.1);--green:#07c160;--plain:rgba(0,0,0,.05);--link:#576b95;--warn:#fa9d3b;--info:#10aeff}
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
body{background:var(--bg);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;-webkit-text-size-adjust:100%}
main{background:var(--card);min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;padding:56px 24px calc(24px + env(safe-area-inset-bottom))}
header{text-align:center}
h1{font-size:20px;font-weight:500;line-height:1.4}
.payee{font-size:17px;margin-bottom:-8px}
.hint,.notice{text-wrap:balance;overflow-wrap:anywhere}
.hint{font-size:15px;color:var(--grey);margin-top:8px}
.amount{text-align:center;font-size:44px;font-size:min(44px,10.5vw);font-weight:600;line-height:1.2;margin-top:20px;font-variant-numeric:tabular-nums}
.amount small{font-size:.64em;margin-right:4px;font-weight:500}
.was{font-size:26px;font-weight:500;color:var(--grey)}
dl{margin-top:40px;border-top:1px solid var(--line);padding-top:16px;font-size:15px}
dl div{display:flex;gap:24px;justify-content:space-between;padding:5px 0}
dt{color:var(--grey);flex:none}
dd{text-align:right;overflow-wrap:anywhere}
.notice{font-size:14px;line-height:1.5;text-align:center;color:var(--grey);margin-top:24px}
.notice.alert{color:#e64340}
nav{margin-top:auto;padding-top:40px;min-height:132px;display:flex;flex-direction:column;align-items:center;gap:16px}
button,.button{appearance:none;display:block;width:100%;max-width:320px;border:0;border-radius:8px;padding:12px 24px;font:inherit;font-weight:500;line-height:1.4;text-align:center;text-decoration:none;color:#fff;background:var(--green);cursor:pointer;-webkit-tap-highlight-color:transparent}
button:active,.button:active{filter:brightness(.9)}
button:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
button:disabled{opacity:.6;cursor:default}
.plain{color:var(--ink);background:var(--plain)}
.link{color:var(--link);font-size:15px;text-decoration:none}
.address{user-select:all;-webkit-user-select:all;background:var(--plain);border-radius:6px;padding:10px 12px;margin-top:16px;font-size:13px;overflow-wrap:anywhere;text-align:left}
.sign{display:block;width:64px;height:64px;border-radius:50%;margin:0 auto 20px;color:#fff;font:500 38px/64px system-ui,sans-serif;text-align:center}
.sign.done{background:var(--green)}.sign.info{background:var(--info)}.sign.warn{background:var(--warn)}.sign.wait{background:var(--info)}
.sign.done:after{content:"";display:inline-block;width:17px;height:30px;margin-top:11px;vertical-align:top;border:solid #fff;border-width:0 5px 5px 0;transform:rotate(42deg)}
.sign.info:after{content:"i"}.sign.warn:after{content:"!"}
.sign.wait:after{content:"";display:inline-block;width:14px;height:20px;margin:14px 0 0 12px;vertical-align:top;border:solid #fff;border-width:0 0 4px 4px}
@media(prefers-color-scheme:dark){:root{--bg:#111;--card:#191919;--ink:rgba(255,255,255,.85);--grey:rgba(255,255,255,.5);--line:rgba(255,255,255,.1);--plain:rgba(255,255,255,.1);--link:#7d90a9}}
@media(min-width:600px){body{display:grid;place-items:center;min-height:100vh;padding:32px}main{width:420px;min-height:560px;border-radius:16px;padding:48px 40px 40px;box-shadow:0 8px 40px rgba(0,0,0,.06)}}
`

/** One line per rule is for us to read; payers' telephones get none of the line ends. */
export const PAGE_STYLE: string = STYLE.replaceAll('\n', '')
