/** How the states of an order are said to its buyer. */
import type { ShopOrder } from '../src/contract.ts'

export interface OrderWords {
  title: string
  detail: string
  tone: 'waiting' | 'good' | 'over' | 'care'
}

export function orderWords(order: Pick<ShopOrder, 'state' | 'packing' | 'expiresAt'>): OrderWords {
  switch (order.state) {
    case 'unpaid':
      return {
        title: '待付款',
        detail: `请在 ${clockTime(order.expiresAt)} 前付款，过时自动取消`,
        tone: 'waiting',
      }
    case 'paid':
      return order.packing
        ? { title: '打包中', detail: '款已收到，正在为你包茶', tone: 'good' }
        : { title: '已付款', detail: '款已收到，稍后为你包茶', tone: 'good' }
    case 'closed':
      return { title: '已关闭', detail: '没有付款，订单已取消', tone: 'over' }
    case 'review':
      return { title: '待核实', detail: '这笔付款需要人工核对，我们会尽快联系你，请勿重复付款', tone: 'care' }
  }
}

/** `11月24日 10:05`, in the visitor's time zone. */
export function dayAndTime(rfc3339: string): string {
  const time = new Date(rfc3339)
  return `${time.getMonth() + 1}月${time.getDate()}日 ${clockTime(rfc3339)}`
}

/** `10:05`. */
function clockTime(rfc3339: string): string {
  const time = new Date(rfc3339)
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}
