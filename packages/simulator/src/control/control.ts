/** The control API: who is in the world, what time it is, what goes wrong, what was said. JSON, below `/_simulator/`. */
import { Hono } from 'hono'
import { voidTicket } from '../account/tokens.ts'
import type { Wechat } from '../wechat.ts'
import { accountRoutes } from './accounts.ts'
import { changeRoutes } from './changes.ts'
import { clockRoutes } from './clock.ts'
import { exchangeRoutes } from './exchanges.ts'
import { faultRoutes } from './faults.ts'
import { historyRoutes } from './history.ts'
import { notificationRoutes } from './notifications.ts'
import { orderRoutes } from './orders.ts'
import { refundRoutes } from './refunds.ts'
import { worldRoutes } from './world.ts'

export function controlApi(wechat: Wechat): Hono {
  return new Hono()
    .route('/', worldRoutes(wechat))
    .route('/', accountRoutes(wechat))
    .route('/', changeRoutes(wechat))
    .route('/', clockRoutes(wechat))
    .route('/', faultRoutes(wechat))
    .route('/', orderRoutes(wechat))
    .route('/', refundRoutes(wechat))
    .route('/', historyRoutes(wechat))
    .route('/', notificationRoutes(wechat))
    .route('/', exchangeRoutes(wechat))
    .post('/tickets/void', (c) => {
      for (const { appid } of wechat.world.officialAccounts) voidTicket(wechat, appid)
      return c.json({})
    })
}
