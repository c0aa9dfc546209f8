/** `shouyin-simulator env`: the lines that send a program's calls of WeChat to the simulator, and the file it has to trust. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CommandDef, defineCommand, type PositionalArgDef, type StringArgDef } from 'citty'
import { certificateAuthority } from '../certificates/certificates.ts'
import { environmentLines, LANGUAGES, SHELLS } from './environment-lines.ts'
import { explained } from './explained.ts'
import { type Environment, portOption, readChoice, seedOption, simulatorUrl } from './options.ts'

type Arguments = {
  language: PositionalArgDef
  shell: StringArgDef
  ca: StringArgDef
  port: StringArgDef
  seed: StringArgDef
}

export function environmentCommand(environment: Environment): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: {
      name: 'env',
      description: '打印代理与证书的环境变量 / print the environment lines for proxy and certificate',
    },
    args: {
      language: {
        type: 'positional',
        required: false,
        description: `只要其中一种 / one of them only: ${LANGUAGES.join(' ')}`,
      },
      shell: {
        type: 'string',
        default: 'sh',
        description: `写法 / how lines are written: ${SHELLS.join(' ')}`,
      },
      ca: {
        type: 'string',
        default: 'shouyin-ca.pem',
        description: '写入根证书的文件 / file that the authority’s certificate is written to',
      },
      port: portOption(environment),
      seed: seedOption,
    },
    run: explained(async ({ args }) => {
      const caFile = resolve(args.ca)
      const { certificatePem, publicKeyHash } = certificateAuthority(args.seed)
      const proxyUrl = simulatorUrl(args.port)
      const languages = args.language === undefined ? LANGUAGES : [readChoice(LANGUAGES, args.language)]
      await writeFile(caFile, certificatePem)
      process.stdout.write(
        environmentLines(
          { proxyUrl, caFile, publicKeyHash },
          { languages, shell: readChoice(SHELLS, args.shell) },
        ),
      )
    }),
  })
}
