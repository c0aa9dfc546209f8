/**
 * Imports may only point the way the data flows (ARCHITECTURE.md, "Arrows"), and the ties to the runtime stay in the
 * few files named for them. A failure here names the file and the import that points the wrong way.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

interface Source {
  path: string
  text: string
  imports: Import[]
}

interface Import {
  /** A package name as written, or a path from the root for relative imports. */
  target: string
  typeOnly: boolean
}

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['packages', 'examples']
  .flatMap((top) =>
    readdirSync(root + top, { recursive: true, encoding: 'utf8' }).map((path) => `${top}/${path}`),
  )
  .map((path) => path.split(sep).join('/'))
  .filter((path) => /^[^/]+\/[^/]+\/(src|page)\/.*\.(tsx?|vue)$/.test(path))
  .filter((path) => !/\.test\.tsx?$|\.d\.ts$/.test(path))
  .map(read)

/** Which workspace packages a folder may import; what is not listed is forbidden. */
const ARROWS: Record<string, RegExp[]> = {
  'packages/wechat/': [],
  'packages/simulator/': [],
  'packages/browser/': [],
  'packages/checkout/': [/^@shouyin\/wechat(\/|$)/, /^@shouyin\/browser\/pay-page\?script$/],
  'examples/shop/src/': [/^@shouyin\/checkout(\/|$)/],
  'examples/shop/page/': [/^@shouyin\/browser$/, /^@shouyin\/checkout\/contract$/],
}

test.each(Object.entries(ARROWS))('%s imports only packages below it', (folder, allowed) => {
  const wrong = importsOf(folder).filter(
    ({ target, typeOnly }) =>
      target.startsWith('@shouyin/') &&
      !allowed.some((pattern) => pattern.test(target)) &&
      !(folder === 'packages/browser/' && typeOnly && target === '@shouyin/checkout/contract'),
  )
  expect(wrong).toEqual([])
})

test('no package reaches into another by a path', () => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ target }) => /^(packages|examples|tests|scripts)\//.test(target) && room(target) !== room(path),
      )
      .map(({ target }) => `${path} → ${target}`),
  )
  expect(wrong).toEqual([])
})

/** The one room of the protocol client that is tied to Node's sockets, and what it takes for that. */
const SOCKETS = { room: 'packages/wechat/src/node/', needs: ['undici', 'node-forge'] }

test('the protocol client and the page package have no dependency at all', () => {
  const wrong = ['packages/wechat/', 'packages/browser/'].flatMap((folder) =>
    importsOf(folder).filter(
      ({ path, target }) =>
        !/^(packages\/|node:|@shouyin\/checkout\/contract$)/.test(target) &&
        !(path.startsWith(SOCKETS.room) && SOCKETS.needs.includes(target)),
    ),
  )
  expect(wrong).toEqual([])
})

test('nothing of the protocol client but its own room reaches those dependencies', () => {
  const wrong = importsOf('packages/wechat/').filter(
    ({ path, target }) => target.startsWith(SOCKETS.room) && !path.startsWith(SOCKETS.room),
  )
  expect(wrong).toEqual([])
})

test('inside the checkout the engine knows neither HTTP nor the WeChat protocols', () => {
  const engine = sources.filter(
    ({ path }) =>
      path.startsWith('packages/checkout/src/') &&
      !/\/(http|gateway)\/|\/(index|node|checkout)\.ts$/.test(path),
  )
  expect(engine.length).toBeGreaterThan(3)
  const wrong = engine.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ target, typeOnly }) =>
          /^(@shouyin\/wechat|hono|packages\/checkout\/src\/http\/)/.test(target) && !typeOnly,
      )
      .map(({ target }) => `${path} → ${target}`),
  )
  expect(wrong).toEqual([])
})

test('only gateways speak Pay v2', () => {
  const speakers = sources.filter(({ imports }) =>
    imports.some(({ target }) => target === '@shouyin/wechat/pay-v2'),
  )
  expect(speakers.map(({ path }) => path)).toEqual(['packages/checkout/src/gateway/v2.ts'])
})

test.each([
  // Fixtures of tests sign as merchants do, well and badly, and do not ask the code under test how.
  ['node:crypto is used', /from 'node:crypto'/, /\/(crypto|certificates?|random|sign)\.ts$|\.fixture\.ts$/],
  ['the environment is read', /process\.env/, /\/(config|cli)\.ts$/],
  [
    'a timer is started',
    /\b(setTimeout|setInterval)\(/,
    /\/(server|main|cli|transport|client|schedule|delay)\.ts$|\/(page|phone)\/|packages\/browser\//,
  ],
])('%s only in the files named for it', (_what, pattern, homes) => {
  const elsewhere = sources
    .filter(({ path, text }) => pattern.test(text) && !homes.test(path))
    .map(({ path }) => path)
  expect(elsewhere).toEqual([])
})

test('no room is called utils, helpers, common, shared, lib, misc or types', () => {
  const vague = sources.filter(({ path }) =>
    /\/(utils?|helpers?|common|shared|lib|misc|types)(\/|\.tsx?$)/.test(path),
  )
  expect(vague.map(({ path }) => path)).toEqual([])
})

function read(path: string): Source {
  const file = readFileSync(`${root}${path}`, 'utf8')
  const text = path.endsWith('.vue') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(file)?.[1] ?? '') : file
  const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const imports = parsed.statements.flatMap((statement): Import[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const specifier = statement.moduleSpecifier
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return []
    const typeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly
    const target = specifier.text.startsWith('.')
      ? posix.join(posix.dirname(path), specifier.text)
      : specifier.text
    return [{ target, typeOnly }]
  })
  return { path, text, imports }
}

function importsOf(folder: string): (Import & { path: string })[] {
  return sources
    .filter(({ path }) => path.startsWith(folder))
    .flatMap(({ path, imports }) => imports.map((each) => ({ path, ...each })))
}

function room(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}
