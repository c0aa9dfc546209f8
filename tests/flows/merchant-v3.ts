/** A merchant on Pay v3 with the client alone, against the simulator on real ports: its keys, its endpoint, and the world it lives in. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOutgoingFetch } from '@shouyin/wechat/node'
import { createPayV3, type Notification, type PayV3 } from '@shouyin/wechat/pay-v3'
import { onTestFinished } from 'vitest'
import type { Stage } from '../witnesses/simulator.ts'

export type PlatformKeys = 'certificate' | 'grey' | 'public-key'

interface IssuedWorld {
  merchants: {
    mchid: string
    apiV3Key: string
    platformKeys: PlatformKeys
    issued: {
      certificate: { certificatePem: string; privateKeyPem: string }
      publicKey: { id: string; publicKeyPem: string } | null
    }
  }[]
}

/** Below `/_simulator/`. */
export async function control<Answer>(
  stage: Stage,
  path: string,
  method = 'GET',
  body?: object,
): Promise<Answer> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(`${stage.simulator.httpUrl}/_simulator/${path}`, init)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Answer
}

/** How WeChat signs for the stage's merchant from now on; the world begins anew. */
export async function signedBy(stage: Stage, platformKeys: PlatformKeys): Promise<void> {
  const world = await control<IssuedWorld>(stage, 'world')
  const merchants = world.merchants.map((merchant) => ({ ...merchant, platformKeys }))
  await control(stage, 'world', 'PUT', { ...world, merchants })
}

/** With the keys that the simulator issued. */
export async function merchantOf(stage: Stage): Promise<PayV3> {
  const { merchants } = await control<IssuedWorld>(stage, 'world')
  const merchant = merchants.find(({ mchid }) => mchid === stage.mchid)
  if (merchant === undefined) throw new Error('there is no such merchant')
  const { certificatePem, privateKeyPem } = merchant.issued.certificate
  const { publicKey } = merchant.issued
  const outgoingFetch = createOutgoingFetch({ ca: stage.simulator.caPem })
  onTestFinished(() => outgoingFetch.close())
  return createPayV3({
    mchid: stage.mchid,
    apiV3Key: merchant.apiV3Key,
    privateKey: privateKeyPem,
    certificate: certificatePem,
    ...(publicKey === null ? {} : { publicKeys: { [publicKey.id]: publicKey.publicKeyPem } }),
    ...(merchant.platformKeys === 'grey' ? { platformCertificates: 'download' } : {}),
    origin: stage.simulator.httpsUrl,
    fetch: outgoingFetch,
    clock: () => stage.simulator.simulator.now(),
  })
}

/** As it came. */
export interface Posted {
  headers: IncomingHttpHeaders
  body: Uint8Array
}

/** Where a merchant's notifications arrive, as they came. */
export async function endpoint(): Promise<{ url: string; posted: Posted[] }> {
  const posted: Posted[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      posted.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(204).end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`, posted }
}

/** The first of that kind among what was posted. Throws when there is none. */
export async function news(
  pay: PayV3,
  posted: readonly Posted[],
  kind: Notification['kind'],
): Promise<Notification> {
  for (const message of posted) {
    const read = await pay.readNotification(message)
    if (read.kind === kind) return read
  }
  throw new Error(`nothing of kind ${kind} was posted`)
}
