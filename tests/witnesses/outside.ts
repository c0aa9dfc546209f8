/** Starts a merchant of `lives/` in a process of its own, against a simulator on real ports, and hears how its life went. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { openStage, type Stage } from './simulator.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const JITI = here('../../node_modules/jiti/lib/jiti-cli.mjs')

export interface Outside extends Stage {
  /** Runs a script to its end and answers what it told last. Throws with all it printed when it fails. */
  live(script: string, environment?: Record<string, string>): Promise<Record<string, unknown>>
  caFile: string
}

export async function openOutside(): Promise<Outside> {
  const stage = await openStage()
  const folder = await mkdtemp(join(tmpdir(), 'witness-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, stage.simulator.caPem)
  const merchant = JSON.stringify(await merchantOf(stage))
  return {
    ...stage,
    caFile,
    live: (script, environment = {}) =>
      run(script, folder, {
        ...environment,
        MERCHANT: merchant,
        NODE_EXTRA_CA_CERTS: caFile,
        CA_FILE: caFile,
      }),
  }
}

interface WorldView {
  users: { id: string; payPassword: string }[]
  merchants: {
    mchid: string
    apiV3Key: string
    issued: {
      certificate: { serial: string; certificatePem: string; privateKeyPem: string; p12Base64: string }
      platformCertificates: { serial: string; certificatePem: string }[]
      publicKey: { id: string; publicKeyPem: string } | null
    }
  }[]
}

/** All that a merchant's `.env` holds, from where the simulator shows it. */
async function merchantOf({ simulator, ...known }: Stage): Promise<object> {
  const world = (await (await fetch(`${simulator.httpUrl}/_simulator/world`)).json()) as WorldView
  const [merchant] = world.merchants
  const [payer] = world.users
  if (merchant === undefined || payer === undefined) throw new Error('a world without a merchant or a payer')
  const { certificate, platformCertificates, publicKey } = merchant.issued
  const { serial, certificatePem, privateKeyPem, p12Base64 } = certificate
  return {
    httpUrl: simulator.httpUrl,
    httpsUrl: simulator.httpsUrl,
    origin: new URL(known.notifyUrl).origin.replace('127.0.0.1', 'localhost'),
    appid: known.appid,
    secret: known.secret,
    openid: known.openid,
    payer: { userId: payer.id, payPassword: payer.payPassword },
    mchid: merchant.mchid,
    apiKey: known.apiKey,
    apiV3Key: merchant.apiV3Key,
    serial,
    certificatePem,
    privateKeyPem,
    p12Base64,
    platformCertificates: Object.fromEntries(
      platformCertificates.map((each) => [each.serial, each.certificatePem]),
    ),
    publicKeyId: publicKey?.id,
    publicKeyPem: publicKey?.publicKeyPem,
  }
}

/** In a folder of its own: node-easywechat keeps tokens as files where it is started. */
function run(
  script: string,
  folder: string,
  environment: Record<string, string>,
): Promise<Record<string, unknown>> {
  const isTypescript = script.endsWith('.ts')
  const command = isTypescript ? process.execPath : process.env['PYTHON'] || '/usr/bin/python3'
  const file = here(`lives/${script}`)
  const child = spawn(command, isTypescript ? [JITI, file] : [file], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complaints = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString()
  })
  onTestFinished(() => void child.kill())
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const told = printed.trimEnd().split('\n').at(-1) ?? ''
      if (code === 0 && told.startsWith('{')) resolve(JSON.parse(told))
      else reject(new Error(`${script} ended with ${code}:\n${printed}${complaints}`))
    })
  })
}
