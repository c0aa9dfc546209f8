/** What a person pastes into a terminal so that a program takes the simulator for WeChat. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from 'citty'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { certificateAuthority } from '../certificates/certificates.ts'
import { environmentCommand } from './environment.ts'

afterEach(() => {
  process.exitCode = undefined
})

test('every language is told the proxy and the authority, whose certificate is written where it is told', async () => {
  const { printed, caFile } = await printedBy(['--port', '9191'])
  for (const line of [
    `export HTTPS_PROXY='http://127.0.0.1:9191'`,
    `export NODE_EXTRA_CA_CERTS='${caFile}'`,
    `export REQUESTS_CA_BUNDLE='${caFile}'`,
    `export SSL_CERT_FILE='${caFile}'`,
    `export CURL_CA_BUNDLE='${caFile}'`,
  ])
    expect(printed.split('\n')).toContain(line)
  expect(printed).toContain('-Dhttps.proxyPort=9191')
  expect(printed).toContain(`curl.cainfo=${caFile}`)
  expect(printed).toContain(certificateAuthority('shouyin').publicKeyHash)
  const { ca } = new X509Certificate(await readFile(caFile))
  expect(ca).toBe(true)
})

test.runIf(process.platform !== 'win32')(
  'a POSIX shell evaluates the lines, whatever the path holds',
  async () => {
    const { printed, caFile } = await printedBy([], "it's here")
    const script = `${printed}\nprintf %s "$NODE_EXTRA_CA_CERTS"`
    expect(execFileSync('sh', ['-c', script]).toString()).toBe(caFile)
  },
)

test('one language only, for another shell', async () => {
  const { printed, caFile } = await printedBy(['curl', '--shell', 'powershell'])
  expect(printed).toContain(`$env:CURL_CA_BUNDLE = '${caFile}'`)
  expect(printed).not.toContain('NODE_EXTRA_CA_CERTS')
})

test('no variable is said twice', async () => {
  const { printed } = await printedBy(['--shell', 'dotenv'])
  const names = printed.match(/^\w+(?==)/gm) ?? []
  expect(names.length).toBeGreaterThan(6)
  expect(new Set(names).size).toBe(names.length)
})

test.each([
  [['cobol'], '没有 cobol，可选 / no cobol; there is: node python go php java curl browser\n'],
  [['--shell', 'fish'], '没有 fish，可选 / no fish; there is: sh powershell dotenv\n'],
  [['--port', 'x'], 'SIMULATOR_PORT 不是有效端口 / is not a port: x\n'],
])('%j is explained in one line', async (parameters, words) => {
  expect((await printedBy(parameters)).complained).toBe(words)
  expect(process.exitCode).toBe(1)
})

async function printedBy(
  parameters: string[],
  folderName = 'simulator',
): Promise<{ printed: string; complained: string; caFile: string }> {
  const folder = await mkdtemp(join(tmpdir(), `${folderName}-`))
  onTestFinished(() => rm(folder, { recursive: true }))
  const caFile = join(folder, 'ca.pem')
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await runCommand(environmentCommand({}), { rawArgs: [...parameters, '--ca', caFile] })
  const [printed = '', complained = ''] = [out, err].map(({ mock }) =>
    mock.calls.map(([text]) => text).join(''),
  )
  vi.restoreAllMocks()
  return { printed, complained, caFile }
}
