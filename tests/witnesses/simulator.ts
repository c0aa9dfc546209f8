/** A simulator on real ports for libraries that nobody here wrote, and a merchant's server that writes down what it is sent. */
import { createServer } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { defaultWorld, type RunningSimulator, startSimulator, type World } from '@shouyin/simulator'
import { onTestFinished } from 'vitest'

export interface Stage {
  simulator: RunningSimulator
  /** The merchant's one account, number and first customer. */
  appid: string
  secret: string
  mchid: string
  apiKey: string
  openid: string
  /** Where notifications arrive. */
  notifyUrl: string
  /** Bodies of notifications, as they came. */
  notifications: string[]
  /** WeChat's own addresses end at the simulator, as with a hosts file, under its certificate. */
  hostsFile: Agent
  /** The payer does what the phone would do; waits until WeChat has told the merchant. */
  pay(outTradeNo: string): Promise<void>
}

/** It is taken down at the end of the test, or when `atEnd` says. */
export async function openStage(
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<Stage> {
  const notifications: string[] = []
  const merchantServer = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      notifications.push(Buffer.concat(chunks).toString())
      response.end('<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => merchantServer.once('listening', resolve))
  const merchantOrigin = `http://localhost:${(merchantServer.address() as AddressInfo).port}`
  const world = defaultWorld({ merchantOrigin })
  const simulator = await startSimulator({ httpPort: 0, httpsPort: 0, world })
  const hostsFile = new SimulatorAgent(simulator)
  atEnd(async () => {
    hostsFile.destroy()
    merchantServer.close()
    await simulator.close()
  })
  return {
    simulator,
    ...identity(world),
    notifyUrl: `${merchantOrigin.replace('localhost', '127.0.0.1')}/notify`,
    notifications,
    hostsFile,
    async pay(outTradeNo) {
      const body = JSON.stringify({ out_trade_no: outTradeNo })
      const response = await fetch(`${simulator.httpUrl}/_simulator/pay`, { method: 'POST', body })
      if (!response.ok) throw new Error(await response.text())
      await simulator.simulator.settle()
    },
  }
}

function identity(world: World): Pick<Stage, 'appid' | 'secret' | 'mchid' | 'apiKey' | 'openid'> {
  const [account] = world.officialAccounts
  const [merchant] = world.merchants
  const [user] = world.users
  if (account === undefined || merchant === undefined || user === undefined) throw new Error('an empty world')
  const { appid, secret } = account
  return { appid, secret, mchid: merchant.mchid, apiKey: merchant.apiKey, openid: user.openids[appid] ?? '' }
}

class SimulatorAgent extends Agent {
  readonly #port: number

  constructor({ httpsUrl, caPem }: RunningSimulator) {
    super({ ca: caPem })
    this.#port = Number(new URL(httpsUrl).port)
  }

  override createConnection(options: object, callback: () => void): ReturnType<Agent['createConnection']> {
    return super.createConnection({ ...options, host: '127.0.0.1', port: this.#port }, callback)
  }
}
