/** Who is the visitor? The client asks, the simulator answers as WeChat does, on one clock. */
import { createSimulator, defaultWorld } from '@shouyin/simulator'
import { type Arrival, createOfficialAccount, type OfficialAccount, randomState } from '@shouyin/wechat'
import { expect, test } from 'vitest'
import { createPhone, type Page } from './phone.ts'

const SITE = 'https://shop.example.com'

interface Scene {
  account: OfficialAccount
  /** Sends the visitor away and reads how they come back; the consent page is answered with 允许. */
  signIn(scope: 'snsapi_base' | 'snsapi_userinfo', wants: 'openid' | 'userinfo'): Promise<Arrival>
  /** Opens the address that the visitor came back to once more, as the back key does. */
  again(): Promise<Arrival>
  advance(seconds: number): void
}

function scene({ isSnapshot = false }: { isSnapshot?: boolean } = {}): Scene {
  let now = Date.parse('2026-11-24T02:00:00Z')
  const clock = (): number => now
  const world = defaultWorld({ merchantOrigin: SITE })
  const [official] = world.officialAccounts
  const [user] = world.users
  if (official === undefined || user === undefined) throw new Error('an empty world')
  Object.assign(user, { snapshot: isSnapshot, follows: [] })
  const simulator = createSimulator({ world, clock })
  const wechat = (request: Request): Promise<Response> => simulator.fetch(request)
  const { appid, secret } = official
  const account = createOfficialAccount({
    appid,
    secret,
    clock,
    fetch: (input, init) => wechat(new Request(input, init)),
  })
  const phone = createPhone({ userId: user.id, wechat, merchant: async () => new Response('welcome') })
  let callback = ''
  let state = ''
  let wanted: 'openid' | 'userinfo' = 'openid'
  const arrive = (): Promise<Arrival> => account.arrive({ url: callback, state, wants: wanted })
  return {
    account,
    again: arrive,
    advance(seconds) {
      now += seconds * 1000
    },
    async signIn(scope, wants) {
      state = randomState()
      wanted = wants
      const redirectUri = `${SITE}/callback?from=menu`
      let page = await phone.open(account.authorizeUrl({ redirectUri, scope, state }))
      const decision = linkOn(page, 'consent-allow')
      if (decision !== undefined) page = await phone.open(decision)
      callback = page.url
      return arrive()
    },
  }
}

/** A link of WeChat's consent page; undefined on any other page. */
function linkOn(page: Page, testId: string): string | undefined {
  const link = new RegExp(`href="([^"]+)" data-testid="${testId}"`).exec(page.text)?.[1]
  return link && new URL(link.replaceAll('&amp;', '&'), page.url).href
}

test('silent first, and consent only when a nickname is wanted; it is the same person', async () => {
  const { signIn } = scene()
  const silent = await signIn('snsapi_base', 'userinfo')
  if (silent.kind !== 'consent_needed') throw new Error(`it was ${silent.kind}`)
  const named = await signIn('snsapi_userinfo', 'userinfo')
  if (named.kind !== 'identified') throw new Error(`it was ${named.kind}`)
  expect(named.authorization.openid).toBe(silent.authorization.openid)
  expect(named.userinfo?.nickname).not.toBe('')
})

test('a code that comes back twice is spent', async () => {
  const { signIn, again } = scene()
  expect(await signIn('snsapi_base', 'openid')).toMatchObject({ kind: 'identified' })
  expect(await again()).toEqual({ kind: 'spent' })
})

test('a snapshot visitor is told from a person, and is another one each time', async () => {
  const { signIn } = scene({ isSnapshot: true })
  const [first, second] = [
    await signIn('snsapi_userinfo', 'userinfo'),
    await signIn('snsapi_userinfo', 'userinfo'),
  ]
  if (first.kind !== 'snapshot' || second.kind !== 'snapshot') throw new Error('a snapshot was expected')
  expect(first.authorization.openid).not.toBe(second.authorization.openid)
})

test('a profile is read again weeks later with what was kept, and after 30 days the visitor is asked again', async () => {
  const { account, signIn, advance } = scene()
  const arrival = await signIn('snsapi_userinfo', 'userinfo')
  if (arrival.kind !== 'identified') throw new Error(`it was ${arrival.kind}`)
  expect(await account.authorizationIsValid(arrival.authorization)).toBe(true)
  advance(20 * 86_400)
  expect(await account.authorizationIsValid(arrival.authorization)).toBe(false)
  const found = await account.recognize(arrival.authorization)
  if (found.kind !== 'known') throw new Error(`it was ${found.kind}`)
  expect(found.userinfo).toEqual(arrival.userinfo)
  const { renewed } = found
  if (renewed === undefined) throw new Error('a renewed token was expected')
  expect(await account.authorizationIsValid(renewed)).toBe(true)
  advance(11 * 86_400)
  expect(await account.recognize(renewed)).toEqual({ kind: 'consent_needed' })
})
