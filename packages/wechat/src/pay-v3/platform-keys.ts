/**
 * The keys that WeChat Pay signs with: 微信支付公钥 (configured, `PUB_KEY_ID_…`) and 平台证书 (downloaded, or configured), side by
 * side. A message names its key by `Wechatpay-Serial`; during a grey switch (灰度切换) both kinds come. Source: API v3 docs,
 * "微信支付公钥", "平台证书更新指引".
 */
import { invalidRequest, ProtocolError, RefusedError, TransportError, WechatError } from '../errors.ts'
import { type Certificate, canonicalSerial } from './certificate.ts'
import type { KeyObject } from './crypto.ts'

export interface PlatformKeys {
  /**
   * The key that a message names; undefined where WeChat has no such key. Throws `TransportError`, or `ProtocolError`, where the
   * certificates cannot be had: what WeChat says of them is no answer to the call that needs them.
   */
  keyOf(serial: string): Promise<KeyObject | undefined>
  /** The key to encrypt with for WeChat, and to name in `Wechatpay-Serial`. Throws as `keyOf`. */
  encryptionKey(): Promise<NamedKey>
  /** Once an answer could be verified; to be awaited before anything is sent. Throws as `keyOf`. */
  ready(): Promise<void>
  /** The serial for `Wechatpay-Serial` of a call that encrypts nothing, as far as it is known without asking. */
  announced(): string | undefined
}

export interface NamedKey {
  serial: string
  publicKey: KeyObject
}

export interface PlatformKeysOptions {
  /** 微信支付公钥 by identifier. */
  publicKeys: ReadonlyMap<string, KeyObject>
  /** 平台证书: configured ones, or how to fetch them; absent where the merchant has none. */
  certificates?: readonly Certificate[] | (() => Promise<readonly Certificate[]>) | undefined
  /** Milliseconds since the epoch. */
  clock: () => number
}

export function platformKeys({ publicKeys, certificates = [], clock }: PlatformKeysOptions): PlatformKeys {
  const named = [...publicKeys].map(([serial, publicKey]): NamedKey => ({ serial, publicKey }))
  const known =
    typeof certificates === 'function'
      ? downloadedList(certificates, clock)
      : configuredList(certificates, clock)
  return {
    async keyOf(serial) {
      return (named.find((key) => key.serial === serial) ?? (await known.find(serial)))?.publicKey
    },
    async encryptionKey() {
      return named.at(-1) ?? newest(await known.current(), clock())
    },
    async ready() {
      if (named.length === 0) await known.current()
    },
    announced: () => named.at(-1)?.serial,
  }
}

interface CertificateList {
  find(serial: string): Promise<Certificate | undefined>
  current(): Promise<readonly Certificate[]>
}

function configuredList(list: readonly Certificate[], clock: () => number): CertificateList {
  return { find: async (serial) => found(list, serial, clock()), current: async () => list }
}

/** WeChat asks for less than 12 hours. */
const REFRESH_MS = 8 * 3_600_000
/** After a failure, and for serials that nobody knows: strangers can name serials, too, and what they make us ask is bounded. */
const REST_MS = 60_000
/** The same while nothing is known yet and WeChat has not said no: nobody can pay until then. */
const COLD_REST_MS = 5000

/**
 * Certificates as they are now. The first download is waited for; later ones happen beside the caller's work, the known ones
 * serving on; a serial that nobody knows is worth one more look.
 */
function downloadedList(
  download: () => Promise<readonly Certificate[]>,
  clock: () => number,
): CertificateList {
  let list: readonly Certificate[] = []
  let askedAt = Number.NEGATIVE_INFINITY
  let dueAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let running: Promise<void> | undefined

  /** A clock that was set back does not lengthen a rest. */
  const isResting = (until: number): boolean => askedAt <= clock() && clock() < until
  const renew = async (): Promise<void> => {
    askedAt = clock()
    try {
      list = await download()
      failure = undefined
      dueAt = askedAt + REFRESH_MS
    } catch (error) {
      failure = unavailable(error)
      dueAt = askedAt + (list.length > 0 || isNo(error) ? REST_MS : COLD_REST_MS)
      throw failure
    }
  }
  const refresh = (): Promise<void> => {
    running ??= renew().finally(() => {
      running = undefined
    })
    return running
  }
  const current = async (): Promise<readonly Certificate[]> => {
    if (list.length > 0) {
      // Beside the work: what fails is tried again after a rest, and is told once nothing serves any more.
      if (!isResting(dueAt)) refresh().catch(() => undefined)
      return list
    }
    if (running === undefined && failure !== undefined && isResting(dueAt)) throw failure
    await refresh()
    return list
  }
  return {
    current,
    async find(serial) {
      const known = found(await current(), serial, clock())
      if (known !== undefined || (running === undefined && isResting(askedAt + REST_MS))) return known
      await refresh()
      return found(list, serial, clock())
    },
  }
}

function isNo(error: unknown): boolean {
  return error instanceof RefusedError && error.outcome === 'refused'
}

/** A no to the download is none to the call: that may have taken effect, and must not be repeated elsewhere because of this. */
function unavailable(error: unknown): unknown {
  if (!(error instanceof WechatError) || error instanceof ProtocolError) return error
  const message = `取不到微信支付平台证书，无法验签或加密 / WeChat Pay’s certificates cannot be had, so nothing can be verified or encrypted: ${error.message}`
  const { requestId, retryable, status } = error
  return new TransportError({ code: 'no_usable_answer', message, requestId, retryable, status, cause: error })
}

/** One that has expired verifies nothing any more. */
function found(list: readonly Certificate[], serial: string, now: number): Certificate | undefined {
  const wanted = canonicalSerial(serial)
  const known = list.find((each) => canonicalSerial(each.serial) === wanted)
  return known !== undefined && now <= known.validTo ? known : undefined
}

/** The one that became effective last, as WeChat recommends. */
function newest(list: readonly Certificate[], now: number): Certificate {
  const [best] = list
    .filter(({ validFrom, validTo }) => validFrom <= now && now <= validTo)
    .toSorted((one, other) => other.validFrom - one.validFrom)
  if (best === undefined) {
    const problem = '没有有效的平台证书 / no certificate of WeChat Pay is valid now'
    throw invalidRequest('Wechatpay-Serial', [problem])
  }
  return best
}
