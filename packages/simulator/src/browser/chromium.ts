/** A Chromium of this machine, and how it is started so that it takes the simulator for WeChat and stays quiet otherwise. */
import { existsSync } from 'node:fs'
import { WECHAT_HOSTS } from '../entry/hosts.ts'

export interface ChromiumOptions {
  executable: string
  /** `http://127.0.0.1:9090`: the way to WeChat's hosts; all others are reached as ever. */
  proxyUrl: string
  userAgent: string
  /** Base64 SHA-256 of the public key whose certificates are believed. */
  publicKeyHash: string
  /** A fresh one leaves nothing behind. */
  profileFolder: string
  isHeadless: boolean
  /** Handed on as they are. */
  more: readonly string[]
}

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** Path of the executable; `named` wins. Throws an `Error` that says what to do when there is none. */
export function findChromium(named: string | undefined): string {
  const found = named === undefined ? PLACES.find((place) => existsSync(place)) : named
  if (found !== undefined && existsSync(found)) return found
  throw new Error(
    '没有找到 Chromium、Chrome 或 Edge：请安装，或用 --chromium 指定路径 / ' +
      'no Chromium, Chrome or Edge found: install one, or name its path with --chromium',
  )
}

export function chromiumArguments(options: ChromiumOptions): string[] {
  return [
    `--user-data-dir=${options.profileFolder}`,
    `--user-agent=${options.userAgent}`,
    `--proxy-pac-url=data:application/x-ns-proxy-autoconfig;base64,${Buffer.from(routes(options.proxyUrl)).toString('base64')}`,
    `--ignore-certificate-errors-spki-list=${options.publicKeyHash}`,
    '--remote-debugging-pipe',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-features=Translate,OptimizationHints,MediaRouter',
    '--password-store=basic',
    '--use-mock-keychain',
    '--lang=zh-CN',
    '--window-size=500,900',
    ...(options.isHeadless ? ['--headless=new'] : []),
    // As root, as in a container, Chromium has no sandbox to start in.
    ...(process.getuid?.() === 0 ? ['--no-sandbox', '--disable-dev-shm-usage'] : []),
    ...options.more,
    'about:blank',
  ]
}

/** A proxy configuration script: only WeChat's hosts take the proxy, which would refuse any other. */
function routes(proxyUrl: string): string {
  const hosts = JSON.stringify(WECHAT_HOSTS)
  return `function FindProxyForURL(url, host) {
  return ${hosts}.indexOf(host) < 0 ? 'DIRECT' : 'PROXY ${new URL(proxyUrl).host}';
}`
}
