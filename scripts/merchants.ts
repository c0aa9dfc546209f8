/**
 * Merchants who use the packed client, each in their own way: a CommonJS program in TypeScript with decorators, as Nest has it, and one
 * bundled by esbuild, which must leave out what is not used.
 */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild-wasm'

const root: string = fileURLToPath(new URL('..', import.meta.url))

const KEY = '8934e7d15453e97507ef794cf7b0519d'
const SERVICE = `
import { ConfigError, fen } from '@shouyin/wechat'
import { readTradeBill } from '@shouyin/wechat/bills'
import { createCertificateFetch } from '@shouyin/wechat/node'
import { createPayV2, type PayV2, signedMessage } from '@shouyin/wechat/pay-v2'
import { createPayV3 } from '@shouyin/wechat/pay-v3'

function Injectable(): ClassDecorator {
  return () => undefined
}

@Injectable()
class PaymentService {
  constructor(private readonly pay: PayV2 = createPayV2({ mchid: '1900000109', apiKey: '${KEY}' })) {}

  sheet(prepayId: string) {
    return this.pay.paymentParameters({ appid: 'wx0123456789abcdef', prepayId }).chooseWXPay
  }
}

const { paySign } = new PaymentService().sheet('wx201410272009395522657a690389285100')
if (!/^[0-9A-F]{64}$/.test(paySign) || !signedMessage({ a: '1' }, '${KEY}', 'MD5').includes('<sign>')) throw new Error('no signature')
if (typeof readTradeBill !== 'function' || typeof createPayV3 !== 'function' || fen(1) !== 1) throw new Error('something is missing')
try {
  createCertificateFetch({ mchid: '1900000109', p12: '' })
  throw new Error('a certificate that is none was taken')
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
}
`
const BUNDLED = `
import { readTradeBill } from '@shouyin/wechat/bills'

async function* nothing() {}
let refusal
try {
  for await (const row of readTradeBill(nothing())) throw new Error(row.out_trade_no)
} catch (error) {
  refusal = error.code
}
if (refusal !== 'bad_message') throw new Error('a bill without content was taken')
`

/** Both work in the folder into which the packages were installed. Throws where one of them does not. */
export async function useAsMerchants(folder: string): Promise<void> {
  await compiledAsCommonJs(folder)
  await bundled(folder)
}

async function compiledAsCommonJs(folder: string): Promise<void> {
  await writeFile(join(folder, 'service.ts'), SERVICE)
  const compilerOptions = {
    module: 'commonjs',
    // Resolution as it was before `exports`: typesVersions must do.
    moduleResolution: 'node10',
    ignoreDeprecations: '6.0',
    target: 'ES2022',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['service.ts'] }))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], {
    cwd: folder,
    stdio: 'inherit',
  })
  execFileSync(process.execPath, ['service.js'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  process.stdout.write('compiled and ran a CommonJS program in TypeScript\n')
}

async function bundled(folder: string): Promise<void> {
  const [source, outfile] = [join(folder, 'bundled.mjs'), join(folder, 'bundle.mjs')]
  await writeFile(source, BUNDLED)
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  })
  execFileSync(process.execPath, [outfile], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const bundle = await readFile(outfile, 'utf8')
  for (const unused of ['unifiedorder', 'jsapi_ticket', 'undici'])
    if (bundle.includes(unused)) throw new Error(`a bundle that reads bills has ${unused} in it`)
  process.stdout.write(`bundled a reader of bills with esbuild: ${(bundle.length / 1024).toFixed(0)} kB\n`)
}
