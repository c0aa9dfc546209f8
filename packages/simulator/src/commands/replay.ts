/** `shouyin-simulator replay 7`: a recorded notification once more; without a number, which ones there are. */
import { type CommandDef, defineCommand, type PositionalArgDef, type StringArgDef } from 'citty'
import { z } from 'zod'
import { type ControlClient, createControlClient } from './control-client.ts'
import { latestDelivery, type Notification, notificationShape } from './delivery-lines.ts'
import { explained } from './explained.ts'
import { type Environment, portOption, readWhole, simulatorUrl } from './options.ts'

type Arguments = { id: PositionalArgDef; port: StringArgDef }

export function replayCommand(environment: Environment): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: { name: 'replay', description: '重发一个通知 / send a recorded notification again' },
    args: {
      id: {
        type: 'positional',
        required: false,
        description: '编号，不给则列出 / number; none lists them',
      },
      port: portOption(environment),
    },
    run: explained(async ({ args }) => {
      const control = createControlClient(simulatorUrl(args.port))
      if (args.id === undefined) return list(control)
      const sent = await control.post('replay', { id: readWhole('编号 number', args.id) }, notificationShape)
      const { line, acknowledged } = latestDelivery(sent)
      process.stdout.write(line)
      if (!acknowledged) process.exitCode = 1
    }),
  })
}

async function list({ get }: ControlClient): Promise<void> {
  const notifications = await get('notifications', z.array(notificationShape))
  const none = '还没有通知 / no notification yet\n'
  process.stdout.write(notifications.map(row).join('') || none)
}

function row({
  id,
  title,
  out_trade_no: tradeNumber,
  out_refund_no: number = tradeNumber,
  state,
  url,
}: Notification): string {
  return `${String(id).padStart(5)}  ${title} ${number ?? ''}  ${state}  ${url}\n`
}
