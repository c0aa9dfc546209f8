/** A cache that breaks just when a token is to be kept: real drivers put what they were given into their errors. */
import { inspect } from 'node:util'
import { createOfficialAccount } from '@shouyin/wechat'
import { describe, expect, onTestFinished, test } from 'vitest'
import { services } from './services.ts'

const TOKEN = 'MARK-token-that-nobody-may-read'

for (const { name, missing, open } of (await services()).filter(({ name }) => name !== 'memory')) {
  describe.skipIf(missing !== undefined)(name, () => {
    test('tells that the cache broke, and not the token', async () => {
      const kept = await open()
      const { cache, close } = await kept.connect()
      /** Of a server the table goes, so that the statement itself fails; of a file or of Redis, the connection. */
      const loses = kept.place.kind === 'postgres' || kept.place.kind === 'mysql' ? kept.remove : close
      const isLeft = loses === close ? kept.remove : close
      let isBroken = false
      onTestFinished(isLeft)
      const account = createOfficialAccount({
        appid: 'wx0123456789abcdef',
        secret: '0123456789abcdef0123456789abcdef',
        cache,
        async fetch() {
          await loses()
          isBroken = true
          return Response.json({ access_token: TOKEN, expires_in: 7200 })
        },
      })
      const error: unknown = await account.accessToken().catch((reason: unknown) => reason)
      expect(isBroken).toBe(true)
      expect(error).toMatchObject({ name: 'TransportError', code: 'cache_failed', retryable: true })
      for (const printed of [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)])
        expect(printed).not.toContain(TOKEN)
    })

    test('says what its driver says when it cannot be read', async () => {
      const kept = await open()
      const { cache, close } = await kept.connect()
      await close()
      await kept.remove()
      const account = createOfficialAccount({
        appid: 'wx0123456789abcdef',
        secret: '0123456789abcdef0123456789abcdef',
        cache,
      })
      const error: unknown = await account.accessToken().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'cache_failed', cause: { message: expect.stringMatching(/: ./) } })
    })
  })
}
