/**
 * One of a company's programs, as a process of its own: told on a line what to do, it does so with many callers at once and
 * answers on a line what they got.
 */
import { createInterface } from 'node:readline'
import { createOfficialAccount } from '@shouyin/wechat'
import { type CachePlace, connect } from './services.ts'

export interface Errand {
  place: CachePlace
  appid: string
  secret: string
  /** Where WeChat is. */
  api: string
  /** Time for one call to WeChat, in milliseconds. */
  timeoutMs: number
  /** How many callers ask at once. */
  callers: number
  /** They report this token as refused, rather than ask for the ticket. */
  refused?: string
}

export interface Report {
  /** Every different token and ticket that the callers got. */
  tokens: string[]
  tickets: string[]
  /** What went wrong, as it would be logged. */
  problems: string[]
}

async function run(errand: Errand): Promise<Report> {
  const { appid, secret, api, timeoutMs, callers, refused } = errand
  const { cache, close } = await connect(errand.place)
  const account = createOfficialAccount({
    appid,
    secret,
    cache,
    timeoutMs,
    origins: { api },
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init?.headers, 'x-pid': `${process.pid}` } }),
  })
  const report: Report = { tokens: [], tickets: [], problems: [] }
  const note = (list: string[], value: string): void => {
    if (!list.includes(value)) list.push(value)
  }
  const call = async (): Promise<void> => {
    try {
      if (refused === undefined) note(report.tickets, await account.jsapiTicket())
      note(
        report.tokens,
        await (refused === undefined ? account.accessToken() : account.replaceAccessToken(refused)),
      )
    } catch (error) {
      note(report.problems, JSON.stringify(error))
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  await close()
  return report
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const report = await run(JSON.parse(line) as Errand)
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
