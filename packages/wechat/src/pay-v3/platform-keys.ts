/**
 * The keys that WeChat Pay signs with: 微信支付公钥 (configured, `PUB_KEY_ID_…`) and 平台证书 (downloaded, or configured), side by
 * side. A message names its key by `Wechatpay-Serial`; during a grey switch (灰度切换) both kinds come. Source: API v3 docs,
 * "微信支付公钥", "平台证书更新指引".
 */
import { invalidRequest, WechatError } from '../errors.ts'
import { type Certificate, canonicalSerial } from './certificate.ts'
import type { KeyObject } from './crypto.ts'

export interface PlatformKeys {
  /** The key that a message names; undefined where WeChat has no such key. Throws what a download throws. */
  keyOf(serial: string): Promise<KeyObject | undefined>
  /** The key to encrypt with for WeChat, and to name in `Wechatpay-Serial`. */
  encryptionKey(): Promise<NamedKey>
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
  let running: Promise<void> | undefined

  const refresh = (): Promise<void> => {
    running ??= (async () => {
      askedAt = clock()
      dueAt = askedAt + REST_MS
      list = await download()
      dueAt = askedAt + REFRESH_MS
    })().finally(() => {
      running = undefined
    })
    return running
  }
  const current = async (): Promise<readonly Certificate[]> => {
    if (list.length === 0) await refresh()
    else if (clock() >= dueAt) refresh().catch(ours)
    return list
  }
  return {
    current,
    async find(serial) {
      const known = found(await current(), serial, clock())
      if (known !== undefined || clock() - askedAt < REST_MS) return known
      await refresh()
      return found(list, serial, clock())
    },
  }
}

/** A refresh beside the work may fail at WeChat: the next call after a rest tries again. A fault of ours is not hidden. */
function ours(error: unknown): void {
  if (!(error instanceof WechatError)) throw error
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
