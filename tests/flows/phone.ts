/** A visitor's telephone without a screen: cookies, redirects, and the user agent of WeChat's in-app browser. */

export interface Phone {
  /** Opens an address and follows redirects as a browser does; answers where it ended. */
  open(url: string): Promise<Page>
  /** Sends JSON from a page of the shop, as the page's script would. */
  post(url: string, body: unknown): Promise<Response>
  /** Forgets everything the shop stored here. */
  forget(): void
  cookies(host: string): Map<string, string>
}

export interface Page {
  url: string
  status: number
  text: string
  /** Every address on the way, the first included. */
  visited: string[]
}

export interface PhoneOptions {
  userId: string
  merchant: (request: Request) => Promise<Response>
  wechat: (request: Request) => Promise<Response>
}

const USER_AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI Language/zh_CN'
const MAX_REDIRECTS = 10

export function createPhone({ userId, merchant, wechat }: PhoneOptions): Phone {
  const jars = new Map<string, Map<string, string>>()
  const cookies = (host: string): Map<string, string> => {
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }
  const session = Buffer.from(JSON.stringify({ userId, device: 'ios', entry: 'link' })).toString('base64url')

  const send = async (url: URL, init: RequestInit = {}): Promise<Response> => {
    const ofWechat = url.hostname.endsWith('weixin.qq.com')
    const jar = new Map(cookies(url.host))
    if (ofWechat) jar.set('simulator_phone', session)
    const headers = new Headers(init.headers)
    headers.set('user-agent', USER_AGENT)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await (ofWechat ? wechat : merchant)(
      new Request(url, { ...init, headers, redirect: 'manual' }),
    )
    for (const line of response.headers.getSetCookie()) keep(cookies(url.host), line)
    return response
  }

  return {
    cookies,
    forget: () => jars.clear(),
    post: (url, body) =>
      send(new URL(url), {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          origin: new URL(url).origin,
          'sec-fetch-site': 'same-origin',
        },
      }),
    async open(first) {
      let url = new URL(first)
      const visited = [first]
      for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
        const response = await send(url)
        const location = response.headers.get('location')
        if (location === null)
          return { url: url.href, status: response.status, text: await response.text(), visited }
        url = new URL(location, url)
        visited.push(url.href)
      }
      throw new Error(`more than ${MAX_REDIRECTS} redirects: ${visited.join(' → ')}`)
    },
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const [name = '', value = ''] = pair.split(/=(.*)/s)
  const expired = value === '' || attributes.some((attribute) => /^max-age=0$/i.test(attribute))
  if (expired) jar.delete(name)
  else jar.set(name, value)
}
