/** `faults`: what goes wrong on purpose. */
import { Hono } from 'hono'
import { FAULT_KINDS } from '../faults/fault-kinds.ts'
import { faultRequest } from '../faults/faults.ts'
import type { Wechat } from '../wechat.ts'
import { bodyOf, idOf, refusal } from './refusal.ts'

export function faultRoutes({ faults }: Wechat): Hono {
  return new Hono()
    .get('/faults', (c) => c.json(faults.armed()))
    .get('/faults/kinds', (c) => c.json(FAULT_KINDS))
    .post('/faults', async (c) => c.json(faults.arm(await bodyOf(c, faultRequest))))
    .delete('/faults', (c) => {
      faults.disarm()
      return c.json([])
    })
    .delete('/faults/:id', (c) => {
      if (!faults.disarm(idOf(c))) throw refusal(404, '没有这个故障 / no such fault is armed')
      return c.json(faults.armed())
    })
}
