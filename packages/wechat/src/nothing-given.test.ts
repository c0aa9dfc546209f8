/**
 * Programs without types hand over nothing, or an object with nothing in it. Every door answers that with an error of ours, which says what
 * is wanted, and WeChat is not asked.
 */
import { expect, test } from 'vitest'
import { redisCache, sqlCache } from './cache/index.ts'
import { ConfigError, WechatError } from './errors.ts'
import { createCertificateFetch } from './node/index.ts'
import { createOfficialAccount } from './official-account.ts'
import { createPayV2 } from './pay-v2/index.ts'
import { createPayV3 } from './pay-v3/index.ts'
import { API_V3_KEY, MCHID, MERCHANT, NOW, SIGNERS } from './pay-v3/wechat-pay.fake.ts'
import { createTokenHandler } from './token-handler.ts'

type Verb = (given: unknown) => unknown

const FACTORIES: Readonly<Record<string, unknown>> = {
  createOfficialAccount,
  createPayV2,
  createPayV3,
  createTokenHandler,
  createCertificateFetch,
  redisCache,
  sqlCache,
}

test.each(Object.entries(FACTORIES))('%s without options says which it needs', (_name, create) => {
  for (const given of [undefined, null]) {
    expect(() => (create as Verb)(given)).toThrow(ConfigError)
  }
})

let asked = 0
const fetch = async (): Promise<Response> => {
  asked += 1
  return new Response('')
}
const clock = (): number => NOW

const CLIENTS: Readonly<Record<string, object>> = {
  account: createOfficialAccount({
    appid: 'wx0123456789abcdef',
    secret: '0123456789abcdef0123456789abcdef',
    fetch,
  }),
  v2: createPayV2({ mchid: MCHID, apiKey: API_V3_KEY, fetch, certificateFetch: fetch }),
  v3: createPayV3({
    mchid: MCHID,
    privateKey: MERCHANT.privateKey,
    certificate: MERCHANT.certificate,
    apiV3Key: API_V3_KEY,
    publicKeys: { PUB_KEY_ID_0114232134912410000000000000: SIGNERS.publicKey.pem },
    fetch,
    clock,
  }),
}

/** They ask WeChat whatever they are given, or answer without asking. */
const TAKES_NOTHING = new Set([
  'acknowledge',
  'refuse',
  'accessToken',
  'replaceAccessToken',
  'jsapiTicket',
  'forgetJsapiTicket',
  'credential',
  'replaceCredential',
  'certificates',
])

function verbsOf(client: object, path: string): [string, Verb][] {
  return Object.entries(client).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null) return verbsOf(value, `${path}.${name}`)
    return typeof value === 'function' && !TAKES_NOTHING.has(name)
      ? [[`${path}.${name}`, value as Verb] satisfies [string, Verb]]
      : []
  })
}

test.each(Object.entries(CLIENTS).flatMap(([name, client]) => verbsOf(client, name)))(
  '%s of nothing, of nothing in it, or of a number is refused without asking WeChat',
  async (_name, verb) => {
    for (const given of [undefined, null, {}, 5]) {
      const before = asked
      const outcome = await ended(verb, given)
      expect(asked, `asked WeChat about ${JSON.stringify(given)}`).toBe(before)
      expect(outcome).toSatisfy((each) => each instanceof WechatError || isForeign(each))
    }
  },
)

/** The error, or the value, of a call or of what it iterates over. */
async function ended(verb: Verb, given: unknown): Promise<unknown> {
  try {
    const answer = await verb(given)
    if (typeof answer !== 'object' || answer === null || !(Symbol.asyncIterator in answer)) return answer
    for await (const piece of answer as AsyncIterable<unknown>) return piece
    return undefined
  } catch (error) {
    return error
  }
}

/** A visitor who comes back without a state was sent away by nobody. */
function isForeign(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'foreign'
}
