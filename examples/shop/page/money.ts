/** Fen as people read them: `12800` is `128.00`. Digits are moved, nothing is divided. */
export function yuan(fen: number): string {
  const digits = String(fen).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
