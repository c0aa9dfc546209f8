/** The README's examples compile, one after the other, against the sources. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** What the examples take for granted: the reader's own program. */
const GIVEN = `
declare const code: string, hrefOfThePage: string
declare function askToLeaveTheSnapshot(): void
declare function callWechat(accessToken: string): Promise<{ errcode: number }>
declare function compare(...known: unknown[]): void
declare function record(...known: unknown[]): void
export {}
`

test('what the README shows compiles', { timeout: 60_000 }, () => {
  const readme = readFileSync(path('../README.md'), 'utf8')
  const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example]) => example)
  expect(examples.length).toBeGreaterThan(5)
  expect(problemsIn(examples.join('\n') + GIVEN)).toEqual([])
})

test('an example that does not compile would be found', { timeout: 60_000 }, () => {
  expect(problemsIn("import { fen } from '@shouyin/wechat'\nfen('1')")).toHaveLength(1)
})

function problemsIn(program: string): string[] {
  const file = path('./readme-examples.ts')
  const { config } = ts.readConfigFile(path('../../../tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      types: ['node'],
      composite: false,
      isolatedDeclarations: false,
      emitDeclarationOnly: false,
      noEmit: true,
      noUnusedLocals: false,
    },
    path('..'),
  )
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, program, ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest)
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
