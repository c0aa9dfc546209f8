/**
 * Looks at the packages as users get them: each is packed, judged by publint and attw, installed from its tarball into
 * an empty project, imported there as ESM and as CommonJS, and used as merchants use them.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { useAsMerchants } from './merchants.ts'

const root: string = fileURLToPath(new URL('..', import.meta.url))
const PACKAGES = ['wechat', 'browser', 'checkout', 'simulator']
/** What each package must give to `import` and to `require`. */
const DOORS: Record<string, string> = {
  '@shouyin/wechat': 'createOfficialAccount',
  '@shouyin/wechat/pay-v2': 'createPayV2',
  '@shouyin/wechat/pay-v3': 'createPayV3',
  '@shouyin/wechat/cache': 'sqlCache',
  '@shouyin/wechat/node': 'createCertificateFetch',
  '@shouyin/wechat/bills': 'readTradeBill',
  '@shouyin/checkout': 'createCheckout',
  '@shouyin/checkout/node': 'toNodeListener',
  '@shouyin/simulator': 'createSimulator',
  '@shouyin/browser': 'pay',
}

/** Both kinds of file give the same names, and no helper of the bundler's. */
const SAME_NAMES = `
import assert from 'node:assert'
import { createRequire } from 'node:module'
await (async (door) => {
  const required = createRequire(process.cwd() + '/x.cjs')(door)
  assert.deepEqual(Object.keys(await import(door)).sort(), Object.keys(required).sort(), door)
})`

const folder = await mkdtemp(join(tmpdir(), 'shouyin-packed-'))
try {
  const tarballs = PACKAGES.map((name) => pack(name))
  for (const [index, name] of PACKAGES.entries()) await judge(name, tarballs[index] ?? '')
  await install(tarballs)
  importAll()
  await useAsMerchants(folder)
  await startSimulator()
} finally {
  await rm(folder, { recursive: true, force: true })
}

function pack(name: string): string {
  const answer = npm(
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    join(root, 'packages', name),
  )
  const [packed] = JSON.parse(answer) as { filename: string; unpackedSize: number }[]
  if (packed === undefined) throw new Error(`npm packed nothing for ${name}`)
  process.stdout.write(`packed ${packed.filename} ${(packed.unpackedSize / 1024).toFixed(0)} kB unpacked\n`)
  return join(folder, packed.filename)
}

async function judge(name: string, tarball: string): Promise<void> {
  const bytes = await readFile(tarball)
  const tarballBytes = bytes.buffer.slice(
    bytes.byteOffset,
    bytes.byteOffset + bytes.byteLength,
  ) as ArrayBuffer
  const { messages, pkg } = await publint({ pack: { tarball: tarballBytes }, strict: true })
  for (const message of messages) {
    process.stderr.write(`${name}: ${formatMessage(message, pkg, { color: false }) ?? message.code}\n`)
    process.exitCode = 1
  }
  execFileSync(
    join(root, 'node_modules/.bin/attw'),
    [tarball, '--profile', 'node16', '--exclude-entrypoints', 'pay-page'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
}

async function install(tarballs: string[]): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'merchant', private: true }))
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], folder)
}

function importAll(): void {
  for (const [door, name] of Object.entries(DOORS)) {
    const check = `if (typeof m[${JSON.stringify(name)}] !== 'function') throw new Error('no ${name} in ${door}')`
    node(['--input-type=module', '-e', `import * as m from '${door}'; ${check}`])
    node(['--input-type=commonjs', '-e', `const m = require('${door}'); ${check}`])
    node(['--input-type=module', '-e', `${SAME_NAMES}('${door}')`])
    process.stdout.write(`imported ${door} as ESM and as CommonJS\n`)
  }
}

/** `npx @shouyin/simulator`, as somebody runs it who has nothing else of this: it answers as WeChat, and shows the phone. */
async function startSimulator(): Promise<void> {
  const parameters = ['exec', '--offline', '--', '@shouyin/simulator', '--port', '0', '--https-port', '0']
  const started = spawn('npm', parameters, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
    // A group of its own, so that npm and what it runs end together.
    detached: process.platform !== 'win32',
  })
  try {
    const greeting = String(await Promise.race([once(started.stdout, 'data'), once(started, 'exit')]))
    const url = /http:\/\/localhost:\d+/.exec(greeting)?.[0] ?? ''
    for (const path of ['/sns/auth', '/', '/open/js/jweixin-1.6.0.js']) {
      const { status } = await fetch(url + path)
      if (status !== 200) throw new Error(`the packed simulator answers ${path} with ${status}`)
    }
    process.stdout.write('started npx @shouyin/simulator\n')
  } finally {
    if (started.pid !== undefined) process.kill(process.platform === 'win32' ? started.pid : -started.pid)
  }
}

function node(parameters: string[]): void {
  execFileSync(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

function npm(parameters: string[], cwd: string): string {
  return execFileSync('npm', parameters, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
}
