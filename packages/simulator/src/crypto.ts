/** Digests and keys of the simulated WeChat. The signatures of Pay v2 are in pay-v2/sign.ts. */
import { checkPrimeSync, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { seededRandom } from './random.ts'

/** Lower-case hex of the UTF-8 bytes. */
export function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex')
}

export interface RsaKeys {
  publicKey: KeyObject
  privateKey: KeyObject
}

const EXPONENT = 65_537n
/** Half of RSA-2048. */
const PRIME_BITS = 1024
const made = new Map<string, RsaKeys>()

/**
 * An RSA-2048 pair made from its label: the same label gives the same keys in every process, so that a seed also fixes
 * every signature. About 0.1 s the first time. Such keys protect nothing: who knows the label has them.
 */
export function rsaKeys(label: string): RsaKeys {
  const keys = made.get(label) ?? makeRsaKeys(label)
  made.set(label, keys)
  return keys
}

function makeRsaKeys(label: string): RsaKeys {
  const [p, q] = [prime(`rsa:${label}:p`), prime(`rsa:${label}:q`)]
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const texts = Object.entries(numbers).map(([name, number]) => [name, base64url(number)])
  const key = { kty: 'RSA', ...Object.fromEntries(texts) }
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/** The first prime from a place that the label picks. Its two highest bits are set: two of them make 2048 bits. */
function prime(label: string): bigint {
  const drawn = BigInt(`0x${seededRandom(label).hex(PRIME_BITS / 4)}`)
  const from = drawn | (3n << BigInt(PRIME_BITS - 2)) | 1n
  const remainders = SMALL_PRIMES.map((small) => Number(from % BigInt(small)))
  const sieved = (step: number): boolean =>
    SMALL_PRIMES.some((small, index) => ((remainders[index] ?? 0) + step) % small === 0)
  for (let step = 0; ; step += 2) {
    if (sieved(step)) continue
    const candidate = from + BigInt(step)
    if (candidate % EXPONENT !== 1n && checkPrimeSync(candidate)) return candidate
  }
}

/** Division by these costs a fraction of a test of 1024 bits and spares nine in ten of them. */
const SMALL_PRIMES: readonly number[] = oddPrimesBelow(2000)

function oddPrimesBelow(limit: number): number[] {
  const primes: number[] = []
  for (let candidate = 3; candidate < limit; candidate += 2)
    if (primes.every((known) => candidate % known !== 0)) primes.push(candidate)
  return primes
}

/** Extended Euclid: `x` with `value * x = 1` modulo `modulus`. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, value]
  let [factor, nextFactor] = [0n, 1n]
  while (next !== 0n) {
    const quotient = remainder / next
    ;[remainder, next] = [next, remainder - quotient * next]
    ;[factor, nextFactor] = [nextFactor, factor - quotient * nextFactor]
  }
  return factor < 0n ? factor + modulus : factor
}

function base64url(number: bigint): string {
  const hex = number.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}
