/** `shouyin-simulator init`: a world to begin with, as a file to edit, and beside it the schema that editors check it by. */
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  type BooleanArgDef,
  type CommandDef,
  defineCommand,
  type PositionalArgDef,
  type StringArgDef,
} from 'citty'
import { defaultWorld, worldSchema } from '../world.ts'
import { explained } from './explained.ts'
import { type Environment, merchantOriginOption, readOrigin, seedOption } from './options.ts'

type Arguments = {
  file: PositionalArgDef
  'merchant-origin': StringArgDef
  seed: StringArgDef
  force: BooleanArgDef
}

export function initCommand(environment: Environment): CommandDef<Arguments> {
  return defineCommand<Arguments>({
    meta: {
      name: 'init',
      description: '写一个世界文件供修改 / write a world file to edit: accounts, merchants, users',
    },
    args: {
      file: { type: 'positional', required: false, description: '文件 / file', default: 'world.json' },
      'merchant-origin': merchantOriginOption(environment),
      seed: seedOption,
      force: {
        type: 'boolean',
        default: false,
        description: '覆盖已有文件 / write over a file that is there',
      },
    },
    run: explained(async ({ args }) => {
      const merchantOrigin = readOrigin('SIMULATOR_MERCHANT_ORIGIN', args['merchant-origin'])
      const world = defaultWorld({ merchantOrigin, seed: args.seed })
      const schemaFile = join(dirname(args.file), SCHEMA_NAME)
      await write(args.file, { $schema: `./${SCHEMA_NAME}`, ...world }, args.force)
      await write(schemaFile, worldSchema(), true)
      process.stdout.write(`已写入 written   ${args.file}
模式 schema      ${schemaFile}
启动 start       shouyin-simulator --world ${args.file}
`)
    }),
  })
}

const SCHEMA_NAME = 'world.schema.json'

async function write(file: string, value: object, mayReplace: boolean): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`, { flag: mayReplace ? 'w' : 'wx' })
  } catch (cause) {
    if (!isErrno(cause) || cause.code !== 'EEXIST') throw cause
    const name = basename(file)
    throw new Error(`${name} 已存在，加 --force 覆盖 / ${name} is there; write over it with --force`, {
      cause,
    })
  }
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
