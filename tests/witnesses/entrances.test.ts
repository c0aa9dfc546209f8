/**
 * The lines that `shouyin-simulator env` prints, evaluated by a shell for a program of each kind that this machine has: a real
 * address of WeChat's ends in the simulator, and is believed.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startSimulator } from '@shouyin/simulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { environmentLines, type Language } from '../../packages/simulator/src/commands/environment-lines.ts'

const ADDRESS = 'https://api.weixin.qq.com/sns/auth'

interface Program {
  language: Language
  /** Prints what the address answers. */
  command: string
  /** What shows that the machine has it. */
  probe: [command: string, ...parameters: string[]]
  /** Text of `$SOURCE`, for languages that take a program from a file only. */
  source?: string
  /** May be absent where every change is tested, too. */
  isRare?: boolean
}

const UNDICI = `import { EnvHttpProxyAgent, fetch } from 'undici'
const response = await fetch('${ADDRESS}', { dispatcher: new EnvHttpProxyAgent() })
console.log(await response.text())`

const PYTHON = process.env['PYTHON'] ?? '/usr/bin/python3'
const REQUESTS = `import requests; print(requests.get("${ADDRESS}").text)`

const JAVA = `import java.net.URI;
class Ask {
  public static void main(String[] parameters) throws Exception {
    try (var answer = URI.create("${ADDRESS}").toURL().openStream()) {
      System.out.println(new String(answer.readAllBytes()));
    }
  }
}`

const PROGRAMS: Record<string, Program> = {
  curl: { language: 'curl', command: `curl -sS ${ADDRESS}`, probe: ['curl', '--version'] },
  'undici’s EnvHttpProxyAgent': {
    language: 'node',
    command: `'${process.execPath}' --input-type=module -e "${UNDICI}"`,
    probe: [process.execPath, '--version'],
  },
  'Python’s requests': {
    language: 'python',
    command: `'${PYTHON}' -c '${REQUESTS}'`,
    probe: [PYTHON, '-c', 'import requests'],
  },
  Java: {
    language: 'java',
    command: 'java "$SOURCE"',
    probe: ['javac', '-version'],
    source: JAVA,
    isRare: true,
  },
}

/** The command line that a remark gives has to be run as well. */
const KEYTOOL = /^# (keytool .*)$/m

describe.runIf(process.platform !== 'win32')('through the proxy', () => {
  for (const [name, program] of Object.entries(PROGRAMS))
    test.skipIf(isAbsent(program))(`${name} reaches WeChat here`, async () => {
      expect(await answerTo(program)).toContain('41001')
    })
})

/** A plain machine may lack a language. */
function isAbsent({ probe: [command, ...parameters], isRare }: Program): boolean {
  const mayBeAbsent = process.env['CI'] === undefined || isRare === true
  return mayBeAbsent && spawnSync(command, parameters).status !== 0
}

async function answerTo({ language, command, source }: Program): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'entrance-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const simulator = await startSimulator({ httpPort: 0, httpsPort: 0 })
  onTestFinished(() => simulator.close())

  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, simulator.caPem)
  const sourceFile = join(folder, 'Ask.java')
  if (source !== undefined) await writeFile(sourceFile, source)
  const entrance = {
    proxyUrl: simulator.httpUrl.replace('localhost', '127.0.0.1'),
    caFile,
    publicKeyHash: '',
  }
  const lines = environmentLines(entrance, { languages: [language], shell: 'sh' })
  const [, keytool = ''] = KEYTOOL.exec(lines) ?? []
  const script = `${lines}\n${keytool}\n${command}`
  const { stdout } = await promisify(execFile)('sh', ['-c', script], {
    // Modules are found from here.
    cwd: import.meta.dirname,
    env: { ...process.env, SOURCE: sourceFile },
  })
  return stdout
}
