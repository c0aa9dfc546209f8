/** The examples of READMEs and guides compile, one after the other, against the sources. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** What the examples take for granted: the reader's own program. `body` examples stand inside a function of the reader's. */
const READMES: { readme: string; given: string; body?: number[] }[] = [
  {
    readme: '../../packages/wechat/README.md',
    given: `
      declare const openid: string, hrefOfThePage: string
      declare function page(text: string): Response
      declare function signIn(openid: string, userinfo?: { nickname: string }): Response
      declare function signInAgain(scope: 'snsapi_base' | 'snsapi_userinfo'): Response
      declare function compare(...known: unknown[]): void
      declare function record(...known: unknown[]): void`,
  },
  {
    readme: '../../packages/checkout/README.md',
    given: `
      declare const request: Request
      declare function redirect(url: string): Response
      declare function ship(order: import('@shouyin/checkout').Order): Promise<void>`,
    body: [1],
  },
  {
    readme: '../../packages/browser/README.md',
    given: `
      declare const button: HTMLButtonElement, orderId: string
      declare function show(result: unknown): void`,
  },
  {
    readme: '../../packages/simulator/README.md',
    given: 'declare function shop(request: Request): Promise<Response>',
  },
  { readme: '../../packages/wechat/docs/access-token.zh-CN.md', given: '' },
  {
    readme: '../../packages/wechat/docs/web-authorization.zh-CN.md',
    given: `
      declare function page(text: string): Response
      declare function redirect(url: string, state: string): Response
      declare function signIn(openid: string, userinfo?: { nickname: string }): Response`,
  },
  {
    readme: '../../packages/wechat/docs/refund-v2.zh-CN.md',
    given: `
      declare function record(number: string): void
      declare function retryLater(refund: { out_refund_no: string }): void
      declare function giveUp(code: string | undefined, remedy: string | undefined): void
      declare function confirmLater(outRefundNo: string, status: string): void`,
  },
  {
    readme: '../../packages/wechat/docs/bills.zh-CN.md',
    given: `
      declare const certificateFetch: import('@shouyin/wechat/node').CertificateFetch
      declare const payV3: import('@shouyin/wechat/pay-v3').PayV3
      declare function matchPayment(transactionId: string, outTradeNo: string, totalFen: number): void
      declare function matchRefund(refundId: string, outRefundNo: string, refundFen: number): void
      declare function report(...known: (string | number)[]): void`,
  },
  { readme: '../../packages/wechat/docs/setup.zh-CN.md', given: '' },
  { readme: '../../packages/wechat/docs/jssdk.zh-CN.md', given: '' },
  ...['pay-v2', 'pay-v3'].map((name) => ({
    readme: `../../packages/wechat/docs/${name}.zh-CN.md`,
    given: 'declare function compare(...known: unknown[]): void',
  })),
  { readme: '../../packages/wechat/docs/platform-keys.zh-CN.md', given: '' },
  { readme: '../../packages/wechat/docs/partner-and-combine.zh-CN.md', given: '' },
  {
    readme: '../../packages/wechat/docs/notifications.zh-CN.md',
    given: 'declare function recordOnce(id: string, totalFen: number): Promise<void>',
  },
  {
    readme: '../../packages/wechat/docs/errors.zh-CN.md',
    given: "declare function trace(exchange: Parameters<import('@shouyin/wechat').OnExchange>[0]): void",
  },
  ...['../../README.md', '../../README.zh-CN.md'].map((readme) => ({
    readme,
    given: `
      declare const response: { redirect(url: string): void }
      declare function ship(order: import('@shouyin/checkout').Order): Promise<void>`,
  })),
]

test.each(READMES)('what $readme shows compiles', { timeout: 60_000 }, ({ readme, given, body = [] }) => {
  const examples = [...readFileSync(path(readme), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, example = ''], index) => (body.includes(index) ? `async function example() {${example}}` : example),
  )
  expect(examples.length).toBeGreaterThan(0)
  expect(problemsIn([...examples, given, 'export {}'].join('\n'))).toEqual([])
})

test('an example that does not compile would be found', { timeout: 60_000 }, () => {
  expect(problemsIn("import { fen } from '@shouyin/wechat'\nfen('1')")).toHaveLength(1)
})

function problemsIn(program: string): string[] {
  const file = path('./examples.ts')
  const { config } = ts.readConfigFile(path('../../tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      types: ['node'],
      jsx: 'react-jsx',
      jsxImportSource: 'hono/jsx',
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
  const compiled = ts.createProgram([file], options, host)
  const source = compiled.getSourceFile(file)
  const diagnostics = [
    ...compiled.getSyntacticDiagnostics(source),
    ...compiled.getSemanticDiagnostics(source),
  ]
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
