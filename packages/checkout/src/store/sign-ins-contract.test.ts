/** What the store promises about sign-ins: one exchange per code, one visitor for it, nothing for anybody else. */
import { describe, expect, test } from 'vitest'
import { NOW, PAYER } from './order.fixture.ts'
import { STORES } from './stores.fixture.ts'

describe.each(STORES)('%s', (_name, open) => {
  const started = {
    state: 'state-1',
    browser: 'browser-1',
    returnTo: '/shop?x=1',
    scope: 'snsapi_base',
    now: new Date(NOW),
    expiresAt: new Date(NOW + 600_000),
  }
  const returned = { state: 'state-1', browser: 'browser-1', code: 'code-1', leaseMs: 10_000 }
  const visitor = { openid: PAYER, unionid: 'oUnion', snapshot: true }

  test('two requests with one code: one exchanges it, the other gets the same visitor', async () => {
    const [one, two] = await open(2)
    const [first, second] = [one.signIns('default'), (two ?? one).signIns('default')]
    await first.startSignIn(started)
    const claim = { ...returned, now: new Date(NOW) }
    const claims = await Promise.all([first.claimSignIn(claim), second.claimSignIn(claim)])
    expect(claims.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'exchange'])
    await first.finishSignIn({ ...returned, visitor, now: new Date(NOW + 100) })
    const again = await second.claimSignIn({ ...returned, now: new Date(NOW + 200) })
    expect(again).toEqual({ outcome: 'finished', returnTo: '/shop?x=1', visitor })
  })

  test('a state is worth nothing to another browser, another account, after its time, or when invented', async () => {
    const [store] = await open(1)
    const signIns = store.signIns('default')
    await signIns.startSignIn(started)
    const now = new Date(NOW)
    const foreign = await signIns.claimSignIn({ ...returned, browser: 'browser-2', now })
    expect(foreign).toEqual({ outcome: 'foreign_browser' })
    expect(await store.signIns('second').claimSignIn({ ...returned, now })).toEqual({ outcome: 'unknown' })
    expect(await signIns.claimSignIn({ ...returned, state: 'invented', now })).toEqual({ outcome: 'unknown' })
    const late = await signIns.claimSignIn({ ...returned, now: started.expiresAt })
    expect(late).toEqual({ outcome: 'expired' })
  })

  test('a finished state does not take a second code', async () => {
    const [store] = await open(1)
    const signIns = store.signIns('default')
    await signIns.startSignIn(started)
    await signIns.claimSignIn({ ...returned, now: new Date(NOW) })
    await signIns.finishSignIn({ ...returned, visitor, now: new Date(NOW) })
    const other = await signIns.claimSignIn({ ...returned, code: 'code-2', now: new Date(NOW) })
    expect(other).toEqual({ outcome: 'used' })
  })

  test('after a code that WeChat refused, another code of the same state is exchanged', async () => {
    const [store] = await open(1)
    const signIns = store.signIns('default')
    await signIns.startSignIn(started)
    await signIns.claimSignIn({ ...returned, now: new Date(NOW) })
    await signIns.failSignIn({ ...returned, now: new Date(NOW) })
    const other = await signIns.claimSignIn({ ...returned, code: 'code-2', now: new Date(NOW) })
    expect(other).toEqual({ outcome: 'exchange', returnTo: '/shop?x=1', scope: 'snsapi_base' })
  })

  test('a request that died with the code leaves it to the next after its lease', async () => {
    const [store] = await open(1)
    const signIns = store.signIns('default')
    await signIns.startSignIn(started)
    await signIns.claimSignIn({ ...returned, now: new Date(NOW) })
    const early = await signIns.claimSignIn({ ...returned, now: new Date(NOW + 9_999) })
    expect(early).toEqual({ outcome: 'busy' })
    const later = await signIns.claimSignIn({ ...returned, now: new Date(NOW + 10_000) })
    expect(later.outcome).toBe('exchange')
  })

  test('expired sign-ins are forgotten, a bounded number at a time', async () => {
    const [store] = await open(1)
    const signIns = store.signIns('default')
    for (const state of ['a', 'b', 'c']) await signIns.startSignIn({ ...started, state })
    const expiredBefore = started.expiresAt.getTime()
    expect(await store.forgetSignIns({ expiredBefore, limit: 2 })).toBe(0)
    expect(await store.forgetSignIns({ expiredBefore: expiredBefore + 1, limit: 2 })).toBe(2)
    expect(await store.forgetSignIns({ expiredBefore: expiredBefore + 1, limit: 2 })).toBe(1)
  })
})
