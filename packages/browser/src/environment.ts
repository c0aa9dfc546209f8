/** Where the page is: WeChat's in-app browser or not, which device, which address was really loaded. */

export interface Environment {
  /** WeChat itself, not WeCom (企业微信). */
  inWechat: boolean
  inWecom: boolean
  /** A web-view of a mini program, where JSAPI payment does not work (小程序 web-view). */
  inMiniProgram: boolean
  device: 'ios' | 'android' | 'other'
  /** `8.0.50`; empty outside WeChat. */
  clientVersion: string
}

export function readUserAgent(userAgent: string): Environment {
  const text = userAgent.toLowerCase()
  const inWecom = text.includes('wxwork')
  return {
    inWechat: text.includes('micromessenger') && !inWecom,
    inWecom,
    inMiniProgram: text.includes('miniprogram'),
    device: /iphone|ipad/.test(text) ? 'ios' : text.includes('android') ? 'android' : 'other',
    clientVersion: /micromessenger\/(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '',
  }
}

/** Read anew each time: a script loaded later may be what brings WeChat's user agent. */
export function environment(): Environment {
  return readUserAgent(navigator.userAgent)
}

/** The address of the last real page load; kept before any router touches the history. */
const LANDING_URL: string = typeof location === 'undefined' ? '' : withoutFragment(location.href)

/**
 * The address that WeChat will compare a signature with: on iOS the landing URL, elsewhere the current one. `other` gives
 * the second guess, for one retry.
 */
export function urlToSign(other = false): string {
  const ios = environment().device === 'ios'
  return ios !== other ? LANDING_URL : withoutFragment(location.href)
}

function withoutFragment(href: string): string {
  return href.split('#')[0] ?? ''
}

/** Whether the page was hidden since: WeChat's own screens cover it, its error dialogs do not. */
export interface Watch {
  wasHidden(): boolean
  /** Resolves when the page, once hidden, is seen again. */
  back: Promise<void>
  stop(): void
  stopped(): boolean
}

export function watchVisibility(): Watch {
  let hidden = false
  let stopped = false
  let comeBack = (): void => undefined
  const look = (): void => {
    if (document.visibilityState === 'hidden') hidden = true
    else if (hidden) comeBack()
  }
  document.addEventListener('visibilitychange', look)
  return {
    wasHidden: () => hidden,
    back: new Promise((resolve) => {
      comeBack = resolve
    }),
    stop() {
      stopped = true
      document.removeEventListener('visibilitychange', look)
    },
    stopped: () => stopped,
  }
}

/** A note that outlives a reload of this tab; storage may be switched off. */
export const notes = {
  read(key: string): string | null {
    try {
      return sessionStorage.getItem(key)
    } catch {
      return null
    }
  },
  write(key: string, value: string | null): void {
    try {
      if (value === null) sessionStorage.removeItem(key)
      else sessionStorage.setItem(key, value)
    } catch {}
  },
}

export function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined))
}
