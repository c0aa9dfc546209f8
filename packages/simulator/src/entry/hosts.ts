/** Which of WeChat's hosts answers which paths. Any other host, such as `localhost`, answers for all of them. */

const SERVED: Record<string, RegExp> = {
  'open.weixin.qq.com': /^\/(connect|sdk)\//,
  'api.weixin.qq.com': /^\/(sns|cgi-bin)\//,
  // Disaster recovery and the regional entrances answer as the main host does.
  'api2.weixin.qq.com': /^\/(sns|cgi-bin)\//,
  'sh.api.weixin.qq.com': /^\/(sns|cgi-bin)\//,
  'sz.api.weixin.qq.com': /^\/(sns|cgi-bin)\//,
  'hk.api.weixin.qq.com': /^\/(sns|cgi-bin)\//,
  'api.mch.weixin.qq.com': /^\/(pay|secapi|v3)\//,
  'api2.mch.weixin.qq.com': /^\/(pay|secapi|v3)\//,
  'api.wechatpay.cn': /^\/v3\//,
  'api2.wechatpay.cn': /^\/v3\//,
  'res.wx.qq.com': /^\/open\/js\//,
  'res2.wx.qq.com': /^\/open\/js\//,
}

export const WECHAT_HOSTS: readonly string[] = Object.keys(SERVED)

/** Whether a host has this path at all; what it lacks is a plain 404, as on the real host. */
export function serves(hostname: string, path: string): boolean {
  return SERVED[withoutRoot(hostname)]?.test(path) ?? true
}

/** Of a hostname as URLs write it. */
export function isWechatHost(hostname: string): boolean {
  return WECHAT_HOSTS.includes(withoutRoot(hostname))
}

/** `api.weixin.qq.com.` is the same host, named from the root of all names. */
function withoutRoot(hostname: string): string {
  return hostname.replace(/\.$/, '')
}

/** Lines for the hosts file of a machine that shall take this one for WeChat. */
export function hostsLines(address: string): string {
  return WECHAT_HOSTS.map((hostname) => `${address} ${hostname}\n`).join('')
}
