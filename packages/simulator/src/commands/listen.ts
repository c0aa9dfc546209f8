/**
 * `shouyin-simulator listen --forward-to URL`: every notification goes to a local address, whatever its `notify_url` says, and
 * is told here with the answer it got. No tunnel is needed, and no site that the world can reach.
 */
import { type BooleanArgDef, type CommandDef, defineCommand, type StringArgDef } from 'citty'
import { z } from 'zod'
import { type ControlClient, createControlClient } from './control-client.ts'
import { deliveryLine } from './delivery-lines.ts'
import { explained } from './explained.ts'
import { type Environment, portOption, simulatorUrl } from './options.ts'

type Arguments = { 'forward-to': StringArgDef; anywhere: BooleanArgDef; port: StringArgDef }

export function listenCommand(environment: Environment): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: {
      name: 'listen',
      description: '把所有通知转到一个本地地址 / send every notification to a local address, and tell of it',
    },
    args: {
      'forward-to': {
        type: 'string',
        required: true,
        description: '完整地址 / full address, such as http://localhost:3000/pay/notify',
      },
      anywhere: {
        type: 'boolean',
        default: false,
        description: '允许其他机器的地址 / another machine’s address is meant',
      },
      port: portOption(environment),
    },
    run: explained(async ({ args }) => {
      const ended = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
      const to = args['forward-to'] ?? ''
      await listen(
        createControlClient(simulatorUrl(args.port)),
        { to, anywhere: args.anywhere },
        ended.signal,
      )
    }),
  })
}

/** Until `signal`, or until the simulator ends. */
export async function listen(
  control: ControlClient,
  forward: { to: string; anywhere: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { to } = await control.post('forward', forward, z.object({ to: z.string() }))
  process.stdout.write(`通知转到 notifications go to ${to}   Ctrl+C 结束 ends it\n`)
  const known = await control.get('exchanges', z.array(z.object({ id: z.number() })))
  let last = known.at(-1)?.id ?? 0
  await control.follow('exchanges', exchange, {
    signal,
    heard(said) {
      // First comes all that was said before; a reset begins the numbers anew.
      const isNew = said.id > last
      last = isNew ? 0 : last
      if (isNew && said.from === 'wechat' && said.to === 'merchant') process.stdout.write(lineOf(said))
    },
  })
  if (signal.aborted) await control.delete('forward')
  else process.stdout.write('模拟器已停止 / the simulator has ended\n')
}

const exchange = z.object({
  id: z.number(),
  at: z.string(),
  from: z.string(),
  to: z.string(),
  title: z.string(),
  outcome: z.enum(['ok', 'refused', 'fault']),
  note: z.string().optional(),
  outTradeNo: z.string().optional(),
  outRefundNo: z.string().optional(),
  request: z.object({ url: z.string() }).optional(),
  response: z.object({ status: z.number(), body: z.string() }).optional(),
})

function lineOf(said: z.infer<typeof exchange>): string {
  const { at, title, outTradeNo, outRefundNo = outTradeNo, request, response, outcome, note = '' } = said
  const line = deliveryLine({
    at,
    title,
    number: outRefundNo,
    url: request?.url ?? '',
    status: response?.status,
    problem: outcome === 'ok' ? undefined : note,
  })
  return outcome === 'refused' ? `${line}          ${(response?.body ?? '').slice(0, MOST_SHOWN)}\n` : line
}

/** Of an answer that is no acknowledgement; the whole of it is in the inspector. */
const MOST_SHOWN = 200
