/** The beacon that real scripts send after `wx.config`. Source: read off the real scripts; see `jweixin.reportUrl`. */

export interface Report {
  verified: boolean
  appId: string
  /** `wifi`, `4g`; empty when unknown. */
  network: string
  /** Milliseconds from the script's start to `wx.config`, and from there to the answer. */
  startupMs: number
  verificationMs: number
  url: string
}

export interface Client {
  /** In lower case. */
  userAgent: string
  platform: string
}

/** The address to ask for; undefined on clients that report nothing: computers, old ones, developer tools. */
export function reportUrl(origin: string, client: Client, report: Report): string | undefined {
  const version = clientVersion(client.userAgent)
  const system = /iphone|ipad/.test(client.userAgent)
    ? 1
    : client.userAgent.includes('android')
      ? 2
      : undefined
  const isComputer = /mac|win/i.test(client.platform)
  // The real script compares versions as texts, too.
  if (system === undefined || isComputer || client.userAgent.includes('wxdebugger') || version < '6.0.2')
    return undefined
  const fields: [string, string | number][] = [
    ['v', 1],
    ['o', report.verified ? 0 : 1],
    ['s', system],
    ['c', version],
    ['a', report.appId],
    ['n', report.network],
    ['i', report.startupMs],
    ['p', report.verificationMs],
    ['u', encodeURIComponent(report.url)],
    ['jsapi_name', ''],
  ]
  return `${origin}/sdk/report?${fields.map(([name, value]) => `${name}=${value}`).join('&')}`
}

/** `8.0.50`; empty outside WeChat. */
export function clientVersion(userAgent: string): string {
  return (
    /micromessenger\/(\d+\.\d+\.\d+)/.exec(userAgent)?.[1] ??
    /micromessenger\/(\d+\.\d+)/.exec(userAgent)?.[1] ??
    ''
  )
}
