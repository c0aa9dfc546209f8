/** A world file to begin with. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from 'citty'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { defaultWorld, parseWorld, worldSchema } from '../world.ts'
import { initCommand } from './init.ts'

afterEach(() => {
  process.exitCode = undefined
})

test('the file is the default world, and names the schema beside it', async () => {
  const folder = await emptyFolder()
  await init([join(folder, 'world.json'), '--merchant-origin', 'https://shop.example.com', '--seed', 'tea'])
  const written: unknown = JSON.parse(await readFile(join(folder, 'world.json'), 'utf8'))
  expect(written).toMatchObject({ $schema: './world.schema.json' })
  expect(parseWorld(written)).toEqual(
    defaultWorld({ merchantOrigin: 'https://shop.example.com', seed: 'tea' }),
  )
  expect(JSON.parse(await readFile(join(folder, 'world.schema.json'), 'utf8'))).toEqual(worldSchema())
})

test('a file that is there is not written over, unless that is meant', async () => {
  const folder = await emptyFolder()
  const file = join(folder, 'world.json')
  await writeFile(file, 'mine')
  const complained = await init([file])
  expect(complained).toBe(
    'world.json 已存在，加 --force 覆盖 / world.json is there; write over it with --force\n',
  )
  expect(process.exitCode).toBe(1)
  expect(await readFile(file, 'utf8')).toBe('mine')
  await init([file, '--force'])
  expect(await readFile(file, 'utf8')).not.toBe('mine')
})

async function init(rawArgs: string[]): Promise<string> {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await runCommand(initCommand({}), { rawArgs })
  const complained = err.mock.calls.map(([text]) => text).join('')
  vi.restoreAllMocks()
  return complained
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}
