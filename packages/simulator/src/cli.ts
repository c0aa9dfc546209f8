#!/usr/bin/env node
/** `shouyin-simulator`: a WeChat on this machine. */
import { readFile } from 'node:fs/promises'
import { defineCommand, runMain } from 'citty'
import { startSimulator } from './server.ts'
import { parseWorld } from './world.ts'

const command = defineCommand({
  meta: { name: 'shouyin-simulator', description: '在本机运行的微信 / a WeChat on this machine' },
  args: {
    port: {
      type: 'string',
      description: 'HTTP 端口 / port (SIMULATOR_PORT)',
      default: process.env['SIMULATOR_PORT'] ?? '9090',
    },
    'https-port': {
      type: 'string',
      description: 'HTTPS 端口 / port (SIMULATOR_HTTPS_PORT)',
      default: process.env['SIMULATOR_HTTPS_PORT'] ?? '9443',
    },
    'merchant-origin': {
      type: 'string',
      description: '商户页面的地址 / where the merchant’s pages are (SIMULATOR_MERCHANT_ORIGIN)',
      default: process.env['SIMULATOR_MERCHANT_ORIGIN'] ?? 'http://localhost:8080',
    },
    seed: { type: 'string', description: '随机种子 / seed of everything random', default: 'shouyin' },
    world: {
      type: 'string',
      description: '描述公众号、商户与用户的 JSON 文件 / JSON file with accounts, merchants and users',
    },
  },
  async run({ args }) {
    const world =
      args.world === undefined ? undefined : parseWorld(JSON.parse(await readFile(args.world, 'utf8')))
    const running = await startSimulator({
      httpPort: Number(args.port),
      httpsPort: Number(args['https-port']),
      merchantOrigin: args['merchant-origin'],
      seed: args.seed,
      ...(world === undefined ? {} : { world }),
    })
    console.log(`微信模拟器 WeChat simulator  ${running.httpUrl}/  ${running.httpsUrl}/`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.close())
  },
})

// citty prints a stack for any error; a taken port or a wrong file deserves one line.
await runMain(command).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
