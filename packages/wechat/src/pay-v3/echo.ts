/**
 * WeChat's own test of a merchant's keys: what is sent comes back, in clear and encrypted, and by notification if asked for. Source:
 * API v3 docs, "安全能力自测" (`/v3/security/echo`).
 */
import type { Secret } from '../secret.ts'
import type { JsonObject } from './json.ts'
import type { Signer } from './keys.ts'
import { optionalText, text } from './members.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { check, notifyUrl, optional, SENSITIVE, text as textRule } from './request-rules.ts'
import { decrypted, encrypted } from './sensitive.ts'

/** What the self-test is asked with. */
export interface EchoRequest {
  echo_message: string
  /** Given in clear; it goes and comes back encrypted. */
  encrypted_echo_message?: string | Secret
  /** Where a notification of kind `echo` should go. */
  notify_url?: string
}

/** The answer of the self-test. */
export interface EchoReply {
  echo_message: string
  /** Decrypted; absent where nothing was sent. */
  encrypted_echo_message: Secret | undefined
}

interface EchoMeans {
  keys: PlatformKeys
  signer: Signer
  post(path: string, body: object, serial: string): Promise<JsonObject>
}

export async function echo(request: EchoRequest, { keys, signer, post }: EchoMeans): Promise<EchoReply> {
  check('echo', request, {
    echo_message: textRule(1, 1024),
    encrypted_echo_message: optional(SENSITIVE),
    notify_url: optional(notifyUrl(255)),
  })
  const key = await keys.encryptionKey()
  const plain = request.encrypted_echo_message
  const sealed = plain === undefined ? {} : { encrypted_echo_message: encrypted(plain, key) }
  const reply = await post('/v3/security/echo', { ...request, ...sealed }, key.serial)
  const ciphertext = optionalText(reply, 'encrypted_echo_message')
  return {
    echo_message: text(reply, 'echo_message'),
    encrypted_echo_message: ciphertext === undefined ? undefined : await decrypted(ciphertext, signer),
  }
}
