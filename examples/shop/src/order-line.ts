/** What an order is for. The line travels with the order in its `attach`, so that the shop needs no table of its own. */

export interface OrderLine {
  productId: string
  quantity: number
}

/** `longjing*2`. */
export function writeLine({ productId, quantity }: OrderLine): string {
  return `${productId}*${quantity}`
}

/** The line of an order, or undefined for an order that another program made. */
export function readLine(attach: string | undefined): OrderLine | undefined {
  const [, productId, quantity] = /^([a-z]+)\*(\d{1,2})$/.exec(attach ?? '') ?? []
  if (productId === undefined || quantity === undefined) return undefined
  return { productId, quantity: Number(quantity) }
}
