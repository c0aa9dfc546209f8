/** Links between our own documents lead somewhere, in the repository and in what users install. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const FOLDERS = [
  '.',
  'docs',
  'docs/adr',
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
]
const DOCUMENTS = [...FOLDERS, 'packages/wechat/docs', 'packages/simulator/docs'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

test.each(DOCUMENTS)('%s links to what is there', (document) => {
  expect(linksOf(document).filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([])
})

/** Installed, a package has its own files and, beside it, the other packages; nothing of the repository around them. */
test.each(DOCUMENTS.filter((document) => document.startsWith('packages/')))(
  '%s links to nothing that is not published',
  (document) => {
    const outside = linksOf(document).filter((link) => !join(dirname(document), link).startsWith('packages/'))
    expect(outside).toEqual([])
  },
)

function linksOf(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8')
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}
