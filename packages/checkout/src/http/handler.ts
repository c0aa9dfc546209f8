/** The checkout as one web-standard handler: sign-in, pay page, the page's JSON, WeChat's notifications. */
import type { OfficialAccount } from '@shouyin/wechat'
import { Hono } from 'hono'
import type { RandomBytes } from '../crypto.ts'
import type { Delay } from '../delay.ts'
import type { Engine } from '../engine.ts'
import type { Log } from '../log.ts'
import { createSite, type SiteOptions } from './site.ts'

export interface HttpDependencies {
  engine: Pick<Engine, 'order' | 'prepay' | 'confirm' | 'receiveNotification' | 'signIns'>
  officialAccount: OfficialAccount
  site: SiteOptions
  /** Origin of WeChat's authorization and beacon; https://open.weixin.qq.com unless told otherwise. */
  openOrigin?: string | undefined
  /** Addresses of the jweixin script in the order to try; 1.6.0 at res.wx.qq.com, then res2.wx.qq.com. */
  jweixin?: readonly string[] | undefined
  /** The payer's IP address, where neither the connection nor `toNodeListener` knows it. */
  clientAddress?: ((request: Request) => string) | undefined
  clock?: (() => number) | undefined
  randomBytes?: RandomBytes | undefined
  delay?: Delay | undefined
  log?: Log | undefined
}

/** What only the server that accepted the connection knows. */
export interface Connection {
  clientAddress?: string | undefined
}

export type HttpHandler = (request: Request, connection?: Connection) => Promise<Response>

/** Throws `ConfigError` naming every option of the site that cannot work. */
export function createHttpHandler({ site: options }: HttpDependencies): HttpHandler {
  const site = createSite(options)
  const app = new Hono().basePath(site.basePath)
  return async (request) => app.fetch(request)
}
