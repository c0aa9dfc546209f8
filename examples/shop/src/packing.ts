/** The packing table: what the shop does when the money has come. */
import type { CheckoutEvent } from '@shouyin/checkout'

export interface PackingTable {
  /** Starts packing a paid order. The same event again changes nothing. */
  pack(event: CheckoutEvent): void
  isPacking(orderId: string): boolean
}

/**
 * Events come at least once, so the work is keyed by the event's id, which is the same on every delivery.
 * A real shop does this in its own database: in one transaction, insert the event's id under a unique key and the parcel
 * beside it. This example keeps both in memory; what it shows is the key, and a restart may forget a parcel of a sample.
 */
export function createPackingTable(print: (line: string) => void): PackingTable {
  const seenEvents = new Set<string>()
  const packingOrders = new Set<string>()
  return {
    pack({ id, order }) {
      if (seenEvents.has(id)) return
      seenEvents.add(id)
      packingOrders.add(order.orderId)
      print(`已收款，开始打包 / paid, packing: ${order.reference} ${order.description}`)
    },
    isPacking: (orderId) => packingOrders.has(orderId),
  }
}
