/** The OpenAPI data of vectors/openapi as validators: for each call its query, its request's and its reply's body. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'
import { corrected } from './artefacts.ts'

export type Side = 'query' | 'request' | 'reply'

export interface Operation {
  /** `POST /v3/pay/transactions/jsapi`. */
  name: string
  method: string
  /** Matches paths of this operation. */
  path: RegExp
  /** What the value breaks of the data, in words; nothing when it keeps to it. */
  problems(side: Side, value: unknown): string[]
}

type Json = Record<string, unknown>

const root = new URL('../../vectors/openapi/', import.meta.url)
const documents = new Map<string, Json>()
const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: true, validateFormats: false })

/** Every call that the data describes. */
export const operations: readonly Operation[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /^v[23]\/.*\.yaml$/.test(path) && !path.endsWith('webhooks.yaml'))
  .sort()
  .flatMap(operationsOf)

/** Of the notification's envelope. */
export const envelopeProblems: (value: unknown) => string[] = validator(
  corrected(
    'POST notify_url',
    'request',
    schemaOf(objectAt(documentAt('v3/webhooks.yaml'), 'post'), 'v3/webhooks.yaml', 'request'),
  ),
)

function operationsOf(file: string): Operation[] {
  const path = `/${file.replace(/^v2\//, '').replace(/\.yaml$/, '')}`
  const pattern = new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
  return Object.entries(documentAt(file)).flatMap(([method, described]) => {
    if (!['get', 'post'].includes(method)) return []
    const name = `${method.toUpperCase()} ${path}`
    const operation = described as Json
    const problems = Object.fromEntries(
      (['query', 'request', 'reply'] as const).map((side) => [
        side,
        validator(corrected(name, side, schemaOf(operation, file, side))),
      ]),
    ) as Record<Side, (value: unknown) => string[]>
    return [
      { name, method: method.toUpperCase(), path: pattern, problems: (side, value) => problems[side](value) },
    ]
  })
}

function validator(schema: Json): (value: unknown) => string[] {
  let compiled: ValidateFunction | undefined
  return (value) => {
    compiled ??= ajv.compile(schema)
    if (compiled(value)) return []
    return (compiled.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

function schemaOf(operation: Json, file: string, side: Side): Json {
  const parameters = ((operation['parameters'] ?? []) as Json[]).map((each) => resolved(each, file) as Json)
  if (side === 'request') return (parameters.find((each) => each['in'] === 'body')?.['schema'] ?? {}) as Json
  if (side === 'query') {
    const queries = parameters.filter((each) => each['in'] === 'query')
    return {
      type: 'object',
      required: queries.filter(({ required }) => required === true).map(({ name }) => name),
      properties: Object.fromEntries(
        queries.map(({ name, required: _required, in: _in, ...schema }) => [String(name), schema]),
      ),
      additionalProperties: false,
    }
  }
  const responses = (operation['responses'] ?? {}) as Record<string, Json | null>
  return resolved(responses['200']?.['schema'] ?? {}, file) as Json
}

/** With what it refers to in its place, and `$n` in names as a pattern of digits. */
function resolved(node: unknown, file: string): unknown {
  if (Array.isArray(node)) return node.map((each) => resolved(each, file))
  if (typeof node !== 'object' || node === null) return node
  const { $ref } = node as { $ref?: string }
  if ($ref !== undefined) return referred($ref, file)
  const members = Object.entries(node).map(([name, each]) => [name, resolved(each, file)])
  return numbered(Object.fromEntries(members) as Json)
}

function referred($ref: string, file: string): unknown {
  const [target = '', fragment = ''] = $ref.split('#')
  const path = target === '' ? file : posix.join(posix.dirname(file), target)
  return resolved(objectAt(documentAt(path), fragment.replace(/^\//, '')), path)
}

function numbered(schema: Json): Json {
  const { properties, required, ...rest } = schema
  if (typeof properties !== 'object' || properties === null) return schema
  const entries = Object.entries(properties)
  const patterns = entries
    .filter(([name]) => name.includes('$'))
    .map(([name, each]) => [`^${name.replaceAll(/\$[a-z]/g, '\\d+')}$`, each])
  return {
    ...rest,
    properties: Object.fromEntries(entries.filter(([name]) => !name.includes('$'))),
    ...(patterns.length === 0 ? {} : { patternProperties: Object.fromEntries(patterns) }),
    ...(Array.isArray(required)
      ? { required: required.map((name: string) => name.replaceAll(/\$[a-z]/g, '0')) }
      : {}),
  }
}

function documentAt(path: string): Json {
  const document =
    documents.get(path) ?? (parse(readFileSync(new URL(encodeURI(path), root), 'utf8')) as Json)
  documents.set(path, document)
  return document
}

function objectAt(document: Json, name: string): Json {
  const found = document[name]
  if (typeof found !== 'object' || found === null) throw new Error(`the data has no ${name}`)
  return found as Json
}
