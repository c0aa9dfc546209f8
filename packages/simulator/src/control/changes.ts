/**
 * `PATCH accounts/:appid`, `merchants/:mchid`, `users/:id`: the world changes under a program that runs, and nothing that
 * happened is forgotten: an address leaves the white list, a product is closed, a payer leaves WeChat.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import type { Wechat } from '../wechat.ts'
import { parseWorld, type World } from '../world.ts'
import { bodyOf, orRefuse, refusal } from './refusal.ts'

const change = z.record(z.string(), z.unknown())

/** Names are for ever, certificates bear them, and money is moved by paying. */
const FIXED = ['appid', 'mchid', 'id', 'name', 'balanceFen']

type Part = 'officialAccounts' | 'merchants' | 'users'

export function changeRoutes(wechat: Wechat): Hono {
  return new Hono()
    .patch('/accounts/:name', async (c) =>
      c.json(changed(wechat, 'officialAccounts', c.req.param('name'), await bodyOf(c, change))),
    )
    .patch('/merchants/:name', async (c) =>
      c.json(changed(wechat, 'merchants', c.req.param('name'), await bodyOf(c, change))),
    )
    .patch('/users/:name', async (c) =>
      c.json(changed(wechat, 'users', c.req.param('name'), await bodyOf(c, change))),
    )
}

/** The whole world is read anew with the change in it, so that a part can never contradict the rest. */
function changed(wechat: Wechat, part: Part, name: string, changes: Record<string, unknown>): object {
  const { world } = wechat
  const index = namesOf(world, part).indexOf(name)
  const found = world[part][index]
  if (found === undefined) throw refusal(404, `世界里没有 ${name} / nobody of this name in the world`)
  const wrong = Object.keys(changes).filter((key) => FIXED.includes(key) || !Object.hasOwn(found, key))
  if (wrong.length > 0)
    throw refusal(400, `不能修改 ${wrong.join(', ')} / cannot be changed: ${wrong.join(', ')}`)
  const described = world[part].map((each, at) =>
    at === index ? { ...each, ...merged(each, changes) } : each,
  )
  const valid = orRefuse(400, () => parseWorld({ ...world, [part]: described }))
  const next = valid[part][index] ?? found
  if (hasOtherMoney(found, next))
    throw refusal(400, '卡上的钱只能靠付款变动 / money on cards is moved by paying only: bankCards')
  return Object.assign(found, next)
}

/** Several things under one name, of which one may be changed by itself. */
const GROUPS = ['permissions', 'dailyQuotas', 'minuteQuotas']

function merged(found: object, changes: Record<string, unknown>): Record<string, unknown> {
  const present = new Map<string, unknown>(Object.entries(found))
  const entries = Object.entries(changes).map(([name, value]) =>
    GROUPS.includes(name) && isObject(value)
      ? [name, Object.assign({}, present.get(name), value)]
      : [name, value],
  )
  return Object.fromEntries(entries)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every card of before with what was on it, and no new one that brings money along. */
function hasOtherMoney(found: World[Part][number], next: World[Part][number]): boolean {
  if (!('bankCards' in found) || !('bankCards' in next)) return false
  const fenOn = new Map(found.bankCards.map(({ tail, balanceFen }) => [tail, balanceFen]))
  return next.bankCards.some(({ tail, balanceFen }) => balanceFen !== (fenOn.get(tail) ?? 0))
}

function namesOf({ officialAccounts, merchants, users }: World, part: Part): string[] {
  if (part === 'officialAccounts') return officialAccounts.map(({ appid }) => appid)
  return part === 'merchants' ? merchants.map(({ mchid }) => mchid) : users.map(({ id }) => id)
}
