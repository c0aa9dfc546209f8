/** The page's right to use the JSSDK: `wx.config` signatures. Source: JS-SDK documentation, appendix 1 (JS-SDK使用权限签名算法). */
import { sha1Hex } from './crypto.ts'

/** What the signature of `wx.config` is made of (JS-SDK 签名). */
export interface PageToSign {
  ticket: string
  nonceStr: string
  /** Seconds since the epoch. */
  timestamp: number
  /** The page's address byte for byte as `location.href` gives it; what follows `#` is left out here. */
  url: string
}

/** SHA-1, lower-case hex, of the four fields in order, raw and unencoded. */
export function pageSignature(page: PageToSign): string {
  return sha1Hex(textToSign(page))
}

/** The text that is signed; a page that is refused can be compared with it. Holds the ticket: do not log it. */
export function textToSign({ ticket, nonceStr, timestamp, url }: PageToSign): string {
  return `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${signedUrl(url)}`
}

/** The address without fragment, otherwise untouched: a URL parser would add a slash and break the signature. */
export function signedUrl(href: string): string {
  const hash = href.indexOf('#')
  return hash === -1 ? href : href.slice(0, hash)
}
