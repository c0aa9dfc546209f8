/** Where the page is. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { server, wait } from './merchant.ts'
import { CHROME, openPage } from './window.ts'

const agents = (
  JSON.parse(readFileSync(new URL('../../vectors/official-account.json', import.meta.url), 'utf8')) as {
    name: string
    kind: string
    input: { userAgent: string }
    expected: { isWeChat: boolean; isWeCom: boolean; isMiniProgramWebview: boolean; clientVersion: string }
  }[]
).filter(({ kind }) => kind === 'ua.parse')

test.each(agents)('$name', async ({ input, expected }) => {
  const { sdk } = await openPage()
  expect(sdk.readUserAgent(input.userAgent)).toMatchObject({
    inWechat: expected.isWeChat,
    inWecom: expected.isWeCom,
    inMiniProgram: expected.isMiniProgramWebview,
    clientVersion: expected.clientVersion,
  })
})

test('outside WeChat the answer is plain, and nothing is asked of the server', async () => {
  const page = await openPage({ userAgent: CHROME, server })
  await page.sdk.prepare()
  const before = page.requested.length
  expect(await page.sdk.pay('o1', { wait })).toEqual({ state: 'not_in_wechat' })
  expect(page.requested).toHaveLength(before)
})
