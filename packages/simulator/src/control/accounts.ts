/** `accounts/:appid/…`: what its owner does in WeChat's console, and what befalls its tokens. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import {
  DOMAIN_KINDS,
  domainProblem,
  ownershipFile,
  ownershipProblem,
  proveOwnership,
} from '../account/domain-ownership.ts'
import { endTokens } from '../account/tokens.ts'
import { accountOf } from '../simulation.ts'
import type { Wechat } from '../wechat.ts'
import type { OfficialAccount } from '../world.ts'
import { bodyOf, refusal } from './refusal.ts'

const ending = z.strictObject({ how: z.enum(['expired', 'replaced']) })
const addition = z.strictObject({ kind: z.enum(DOMAIN_KINDS), domain: z.string() })

export function accountRoutes(wechat: Wechat): Hono {
  return new Hono()
    .get('/accounts/:appid/ownership-file', (c) =>
      c.json(ownershipFile(wechat.seed, accountNamed(wechat, c).appid)),
    )
    .post('/accounts/:appid/tokens/end', async (c) => {
      endTokens(wechat, accountNamed(wechat, c).appid, (await bodyOf(c, ending)).how)
      return c.json({})
    })
    .post('/accounts/:appid/domains', async (c) => {
      const account = accountNamed(wechat, c)
      const { kind, domain } = await bodyOf(c, addition)
      const problem = domainProblem(account, kind, domain)
      if (problem !== undefined) throw refusal(400, problem)
      const file = ownershipFile(wechat.seed, account.appid)
      const proof = await proveOwnership(wechat, domain, file)
      const missing = ownershipProblem(domain, file, proof)
      // Test accounts prove nothing.
      if (missing !== undefined && !account.testAccount) throw refusal(409, missing)
      if (!account[kind].includes(domain)) account[kind].push(domain)
      return c.json({ [kind]: account[kind], proof })
    })
}

function accountNamed(wechat: Wechat, c: Context): OfficialAccount {
  const account = accountOf(wechat, c.req.param('appid') ?? '')
  if (account === undefined) throw refusal(404, '没有这个公众号 / no such account')
  return account
}
