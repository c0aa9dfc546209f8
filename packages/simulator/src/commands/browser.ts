/** `shouyin-simulator browser URL`: a real Chromium as WeChat's in-app browser, at a simulator that runs. */
import {
  type BooleanArgDef,
  type CommandDef,
  defineCommand,
  type PositionalArgDef,
  type StringArgDef,
} from 'citty'
import { z } from 'zod'
import { findChromium } from '../browser/chromium.ts'
import { type InAppBrowser, openInAppBrowser } from '../browser/in-app-browser.ts'
import type { PayApi } from '../browser/page-session.ts'
import { publicKeyHash } from '../certificates/certificates.ts'
import { type ControlClient, createControlClient } from './control-client.ts'
import { explained } from './explained.ts'
import { type Environment, portOption, readChoice, simulatorUrl } from './options.ts'

type Arguments = {
  url: PositionalArgDef
  user: StringArgDef
  device: StringArgDef
  chromium: StringArgDef
  headless: BooleanArgDef
  port: StringArgDef
}

export function browserCommand(environment: Environment): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: {
      name: 'browser',
      description:
        '用真实的 Chromium 打开网页，如在微信内 / open a page in a real Chromium as if inside WeChat',
    },
    args: {
      url: { type: 'positional', description: '网页地址 / address of the page' },
      user: {
        type: 'string',
        description: '谁在看，世界中的用户 / who looks at it: id of a user of the world',
      },
      device: { type: 'string', default: 'ios', description: '手机 / telephone: ios android' },
      chromium: {
        type: 'string',
        description: 'Chromium、Chrome 或 Edge 的路径 / path of Chromium, Chrome or Edge (CHROMIUM)',
        ...(environment['CHROMIUM'] === undefined ? {} : { default: environment['CHROMIUM'] }),
      },
      headless: { type: 'boolean', default: false, description: '不显示窗口 / without a window' },
      port: portOption(environment),
    },
    run: explained(async ({ args, rawArgs }) => {
      const url = simulatorUrl(args.port)
      const control = createControlClient(url)
      const device = readChoice(['ios', 'android'], args.device ?? 'ios')
      const browser = await openInAppBrowser({
        url: readPage(args.url),
        simulatorUrl: url,
        publicKeyHash: publicKeyHash(await control.text('ca.pem')),
        viewer: { userId: await readUser(control, args.user), device, entry: 'link' },
        api: payApi(control),
        executable: findChromium(args.chromium),
        isHeadless: args.headless,
        more: afterDashes(rawArgs),
      })
      process.stdout.write(`已打开 opened   ${args.url}   关闭窗口即退出 close the window to end\n`)
      await untilEnded(browser)
    }),
  })
}

/** Throws an `Error` for what is not a web address. */
function readPage(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new Error(`不是网址 / is not an address: ${text}`)
}

/** The named user, or the first of the world. Throws an `Error` that lists who there is. */
async function readUser(control: ControlClient, named: string | undefined): Promise<string> {
  const { users } = await control.get('world', people)
  const ids = users.map(({ id }) => id)
  return readChoice(ids, named ?? ids[0] ?? '')
}

const people = z.object({ users: z.array(z.object({ id: z.string() })) })

/** Its types say what the simulator answers, which is of this package as well. */
function payApi({ post }: ControlClient): PayApi {
  return {
    config: (call) => post('phone/config', call, answerOf<'config'>()),
    cashier: (call) => post('phone/cashier', call, answerOf<'cashier'>()),
    pay: (payment) => post('phone/pay', payment, answerOf<'pay'>()),
  }
}

function answerOf<Call extends keyof PayApi>(): z.ZodType<Awaited<ReturnType<PayApi[Call]>>> {
  return z.custom<Awaited<ReturnType<PayApi[Call]>>>()
}

/** What follows `--` is Chromium's. */
function afterDashes(rawArgs: string[]): string[] {
  const dashes = rawArgs.indexOf('--')
  return dashes < 0 ? [] : rawArgs.slice(dashes + 1)
}

async function untilEnded({ ended, close }: InAppBrowser): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, close)
  await ended
}
