/** The bytes that programs send and sign where they take GBK for the world's only encoding. */

/** Undefined where a character has no place in GBK. */
export function gbkBytes(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  for (const character of text) {
    const pair = character < '\x80' ? [character.charCodeAt(0)] : pairs().get(character)
    if (pair === undefined) return undefined
    bytes.push(...pair)
  }
  return Uint8Array.from(bytes)
}

let table: Map<string, [number, number]> | undefined

/** Read backwards out of the decoder that every JavaScript engine has; nobody encodes GBK any more. */
function pairs(): Map<string, [number, number]> {
  if (table !== undefined) return table
  table = new Map()
  const decoder = new TextDecoder('gbk')
  for (let lead = 0x81; lead <= 0xfe; lead += 1)
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      if ([...character].length === 1 && character !== '\uFFFD') table.set(character, [lead, trail])
    }
  return table
}
