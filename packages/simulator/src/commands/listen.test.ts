/** Notifications on demand and to a local address, from a terminal, at a simulator on real ports. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runCommand } from 'citty'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type RunningSimulator, startSimulator } from '../entry/server.ts'
import { createControlClient } from './control-client.ts'
import { deliveryLine } from './delivery-lines.ts'
import { listen, listenCommand } from './listen.ts'
import { replayCommand } from './replay.ts'
import { triggerCommand } from './trigger.ts'

const ACKNOWLEDGED = '<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>'

interface Terminal {
  simulator: RunningSimulator
  /** The merchant's own address. */
  url: string
  /** Bodies that arrived there. */
  arrived: string[]
  /** What the merchant answers. */
  answer: { body: string }
  /** All that the commands have printed. */
  printed(): string
  complained(): string
  trigger(...parameters: string[]): Promise<unknown>
  replay(...parameters: string[]): Promise<unknown>
}

let print: ReturnType<typeof vi.spyOn>
let complain: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  print = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  complain = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

test('a line begins with the time in Beijing', () => {
  const delivery = { title: 'payment notification', number: 'T1', url: 'http://localhost/', status: 200 }
  expect(deliveryLine({ ...delivery, at: '2026-11-24T16:00:00.000Z', problem: undefined })).toBe(
    '00:00:00  payment notification T1 → http://localhost/ 200  ✓ 已应答 acknowledged\n',
  )
})

describe('trigger', () => {
  test('sends a signed notification of a payment that nobody made, and tells the answer', async () => {
    const { trigger, printed, arrived, url } = await openTerminal()
    await trigger('payment.success', '--url', url, '--out-trade-no', 'T1', '--total-fee', '250')
    expect(arrived[0]).toContain('<out_trade_no><![CDATA[T1]]></out_trade_no>')
    expect(arrived[0]).toContain('<total_fee>250</total_fee>')
    expect(printed()).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d  payment notification T1 → ${url} 200  ✓ 已应答 acknowledged\\n$`),
    )
    expect(process.exitCode).toBeUndefined()
  })

  test('fails where nobody answers, and says so', async () => {
    const { trigger, printed } = await openTerminal()
    await trigger('payment.success', '--url', 'http://localhost:1/')
    expect(printed()).toContain('✗ 没有应答 no answer')
    expect(process.exitCode).toBe(1)
  })

  test('fails where the merchant does not acknowledge', async () => {
    const { trigger, printed, url, answer } = await openTerminal()
    answer.body = 'thanks'
    await trigger('payment.success', '--url', url)
    expect(printed()).toContain('✗ 未正确应答 not acknowledged')
    expect(process.exitCode).toBe(1)
  })

  test.each([
    [['payment.refused', '--url', 'http://localhost:1/'], 'event'],
    [['payment.success', '--url', 'http://localhost:1/', '--total-fee', '1.5'], '--total-fee'],
    [['payment.success'], '需要 url'],
  ])('%j is refused in the simulator’s words', async (parameters, words) => {
    const { trigger, complained } = await openTerminal()
    await trigger(...parameters)
    expect(complained()).toContain(words)
    expect(process.exitCode).toBe(1)
  })
})

describe('replay', () => {
  test('lists what was sent, and sends one again as it was', async () => {
    const { trigger, replay, printed, arrived, url } = await openTerminal()
    await replay()
    expect(printed()).toBe('还没有通知 / no notification yet\n')
    await trigger('refund.success', '--url', url, '--out-refund-no', 'R1')
    await replay()
    expect(printed()).toContain(`    1  refund notification R1  acknowledged  ${url}\n`)
    await replay('1')
    expect(arrived).toHaveLength(2)
  })

  test('of a number that there is not is refused', async () => {
    const { replay, complained } = await openTerminal()
    await replay('7')
    expect(complained()).toBe('没有这个通知 / no such notification\n')
  })
})

describe('listen', () => {
  test('sends notifications to the address, tells of each, and ends the forwarding with itself', async () => {
    const { trigger, simulator, printed, arrived, url, answer } = await openTerminal()
    const control = createControlClient(simulator.httpUrl)
    await trigger('payment.success', '--url', url, '--out-trade-no', 'BEFORE')
    const ended = new AbortController()
    const listening = listen(control, { to: `${url}local`, anywhere: false }, ended.signal)
    await expect.poll(printed).toContain(`通知转到 notifications go to ${url}local`)

    const told = printed().length
    await trigger('payment.success', '--url', 'https://shop.example.com/notify', '--out-trade-no', 'T1')
    answer.body = 'thanks'
    await trigger('payment.success', '--url', 'https://shop.example.com/notify', '--out-trade-no', 'T2')
    await expect.poll(() => printed().slice(told)).toContain('          thanks\n')
    expect(printed().slice(told)).toMatch(/T1 → .*\/local 200 {2}✓[\s\S]*T2 → .*\/local 200 {2}✗/)
    expect(printed().slice(told)).not.toContain('BEFORE')
    expect(arrived).toHaveLength(3)

    ended.abort()
    await listening
    expect(await (await fetch(`${simulator.httpUrl}/_simulator/forward`)).json()).toEqual({ to: null })
  })

  test('tells when the simulator has ended', async () => {
    const { simulator, printed, url } = await openTerminal()
    const listening = listen(
      createControlClient(simulator.httpUrl),
      { to: url, anywhere: false },
      new AbortController().signal,
    )
    await expect.poll(printed).toContain('通知转到')
    await simulator.close()
    await listening
    expect(printed()).toContain('模拟器已停止')
  })

  test('another machine’s address has to be meant', async () => {
    const { simulator, complained } = await openTerminal()
    const { port } = new URL(simulator.httpUrl)
    const rawArgs = ['--forward-to', 'https://shop.example.com/notify', '--port', port]
    await runCommand(listenCommand({}), { rawArgs })
    expect(complained()).toContain('只转发到本机')
  })
})

test('without a simulator the command says where it looked', async () => {
  const { simulator, replay, complained } = await openTerminal()
  await simulator.close()
  await replay()
  expect(complained()).toMatch(/^http:\/\/127\.0\.0\.1:\d+ 没有模拟器在运行/)
})

async function openTerminal(): Promise<Terminal> {
  const arrived: string[] = []
  const answer = { body: ACKNOWLEDGED }
  const merchant = createServer(async (request, response) => {
    arrived.push(Buffer.concat(await request.toArray()).toString())
    response.end(answer.body)
  }).listen(0, '127.0.0.1')
  await once(merchant, 'listening')
  const simulator = await startSimulator({ httpPort: 0, httpsPort: 0 })
  onTestFinished(async () => {
    merchant.close()
    await simulator.close()
  })
  const port = ['--port', new URL(simulator.httpUrl).port]
  const texts = ({ mock }: { mock: { calls: unknown[][] } }): string =>
    mock.calls.map(([text]) => String(text)).join('')
  return {
    simulator,
    url: `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/`,
    arrived,
    answer,
    printed: () => texts(print),
    complained: () => texts(complain),
    trigger: (...rawArgs) => runCommand(triggerCommand({}), { rawArgs: [...rawArgs, ...port] }),
    replay: (...rawArgs) => runCommand(replayCommand({}), { rawArgs: [...rawArgs, ...port] }),
  }
}
