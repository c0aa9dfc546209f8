/** `shouyin-simulator trigger payment.success`: a notification, signed as always, of an order that is there or a made-up one. */
import { type CommandDef, defineCommand, type PositionalArgDef, type StringArgDef } from 'citty'
import { createControlClient } from './control-client.ts'
import { latestDelivery, notificationShape } from './delivery-lines.ts'
import { explained } from './explained.ts'
import { type Environment, portOption, readWhole, simulatorUrl } from './options.ts'

type Texts = 'out-trade-no' | 'out-refund-no' | 'version' | 'mchid' | 'openid' | 'attach' | 'url' | 'port'
type Fens = 'total-fee' | 'refund-fee'
type Arguments = { event: PositionalArgDef } & Record<Texts | Fens, StringArgDef>

export function triggerCommand(environment: Environment): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: {
      name: 'trigger',
      description: '让微信发出一个通知，真实签名 / have WeChat send a notification, really signed',
    },
    args: {
      event: {
        type: 'positional',
        description: 'payment.success refund.success refund.abnormal refund.closed',
      },
      'out-trade-no': text('商户订单号，已有的或任意的 / of an order that is there, or any other'),
      'out-refund-no': text('商户退款单号 / of a refund that is there, or any other'),
      version: text('没有该订单时用哪一版 / for an order that is not there: v2 v3'),
      mchid: text('商户号 / of which merchant'),
      openid: text('付款人 / of which payer'),
      'total-fee': text('订单金额（分）/ of the order, in fen'),
      'refund-fee': text('退款金额（分）/ of the refund, in fen'),
      attach: text('附加数据 / attach'),
      url: text('送到哪里，默认为订单的 notify_url / where to, unless to the order’s notify_url'),
      port: portOption(environment),
    },
    run: explained(async ({ args }) => {
      const control = createControlClient(simulatorUrl(args.port))
      const told = await control.post('trigger', newsOf(args), notificationShape)
      const { line, acknowledged } = latestDelivery(told)
      process.stdout.write(line)
      if (!acknowledged) process.exitCode = 1
    }),
  })
}

function text(description: string): StringArgDef {
  return { type: 'string', description }
}

function newsOf(args: Record<'event' | Texts | Fens, string | undefined>): object {
  const fen = (option: Fens): number | undefined => {
    const text = args[option]
    return text === undefined ? undefined : readWhole(`--${option}`, text)
  }
  return {
    event: args.event,
    out_trade_no: args['out-trade-no'],
    out_refund_no: args['out-refund-no'],
    version: args.version,
    mchid: args.mchid,
    openid: args.openid,
    total_fee: fen('total-fee'),
    refund_fee: fen('refund-fee'),
    attach: args.attach,
    url: args.url,
  }
}
