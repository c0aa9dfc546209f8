/**
 * What Pay v3 checks of each member before it looks at anything else, and the words it uses. A field reads a JSON value
 * into a typed one, or throws the service's refusal. Source: API v3 docs, field tables; texts as seen on the service.
 */
import { parameterError, type V3Refusal } from './refusal.ts'

export interface Field<Value> {
  /** 中文名, as in the service's texts. */
  label: string
  /** Left out, it reads as undefined. */
  isOptional: boolean
  /** Throws `FieldError`. */
  read(json: unknown, at: Source): Value
}

/** Where a value came from, as the texts name it: `/body/amount/total`. */
export interface Source {
  path: string
  location: 'body' | 'query' | 'uri_template' | null
  /** Collects members that no field reads, by path. */
  strangers: string[]
}

export type Fields = Record<string, Field<unknown>>
export type Values<Members> = {
  [Name in keyof Members]: Members[Name] extends Field<infer Value> ? Value : never
}

/** The first value that is not as it must be. */
export class FieldError extends Error {
  readonly refusal: V3Refusal

  constructor(message: string, detail: { location: Source['location']; value: unknown }, number?: number) {
    super(message)
    this.name = 'FieldError'
    this.refusal = { ...parameterError(message, number), detail }
  }
}

const OUT_OF_RANGE = 268435464
const EXTRA_PARAMETER = 270924358

/** Reads a whole input; members that no field knows are refused, all at once. Throws `FieldError`. */
export function readInput<Value>(
  field: Field<Value>,
  json: unknown,
  at: Pick<Source, 'path' | 'location'>,
): Value {
  const strangers: string[] = []
  const value = field.read(json, { ...at, strangers })
  if (strangers.length === 0) return value
  const detail = { location: null, value: strangers }
  throw new FieldError('请求中含有未在API文档中定义的参数', detail, EXTRA_PARAMETER)
}

export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return { ...field, isOptional: true }
}

/** Members in the order in which they are looked at. */
export function object<Members extends Fields>(label: string, members: Members): Field<Values<Members>> {
  return field(label, (json, at) => {
    if (!isRecord(json)) throw wrongType(at, label, json, '一个合法的 Json 对象')
    const values = Object.entries(members).map(([name, member]) => [
      name,
      readMember(member, json[name], at, name),
    ])
    for (const name of Object.keys(json))
      if (!Object.hasOwn(members, name)) at.strangers.push(`${at.path}/${name}`)
    return Object.fromEntries(values) as Values<Members>
  })
}

function readMember(member: Field<unknown>, json: unknown, at: Source, name: string): unknown {
  const place = { ...at, path: `${at.path}/${name}` }
  if (json !== undefined) return member.read(json, place)
  if (member.isOptional) return undefined
  throw new FieldError(`输入源“${place.path}”映射到字段“${member.label}”必填性规则校验失败，此字段为必填项`, {
    location: at.location,
    value: '',
  })
}

export function list<Value>(label: string, item: Field<Value>): Field<Value[]> {
  return field(label, (json, at) => {
    if (!Array.isArray(json)) throw wrongType(at, label, json, '一个合法的 Json 数组')
    return json.map((each, index) => item.read(each, { ...at, path: `${at.path}/${index}` }))
  })
}

export interface TextRule {
  /** Fewest bytes of UTF-8; 1 unless told otherwise. */
  least?: number
  /** Most bytes of UTF-8. */
  most: number
  /** A regular expression as the service writes it, which its texts repeat. */
  pattern?: string
  /** What a pattern cannot say; refused in the pattern's words. */
  accepts?: (value: string) => boolean
}

export function text(
  label: string,
  { least = 1, most, pattern = '', accepts = () => true }: TextRule,
): Field<string> {
  const matcher = new RegExp(pattern)
  return field(label, (json, at) => {
    if (typeof json !== 'string') throw wrongType(at, label, json, '一个 string 类型的 Json 值')
    const broken = (rule: string, value: unknown): FieldError =>
      new FieldError(`输入源“${at.path}”映射到值字段“${label}”字符串规则校验失败，${rule}`, {
        location: at.location,
        value,
      })
    const length = Buffer.byteLength(json)
    if (length < least) throw broken(`字节数 ${length}，小于最小值 ${least}`, length)
    if (length > most) throw broken(`字节数 ${length}，大于最大值 ${most}`, length)
    if (json !== '' && !(matcher.test(json) && accepts(json)))
      throw broken(`字符串必须匹配正则表达式“${pattern}”`, json)
    if (BEYOND_THREE_BYTES.test(json)) throw broken('只能包含 1 到 3 个字节的 UTF-8 字符', json)
    return json
  })
}

/** Emoji and the like. */
const BEYOND_THREE_BYTES = /[\u{10000}-\u{10FFFF}]/u

/** A text that may be empty. */
export function note(label: string, most: number): Field<string> {
  return text(label, { least: 0, most })
}

export function oneOf<const Value extends string>(label: string, values: readonly Value[]): Field<Value> {
  const pattern = `^(${values.join('|')})$`
  const some = text(label, { most: 64, pattern })
  return field(label, (json, at) => {
    const read = some.read(json, at)
    const value = values.find((each) => each === read)
    if (value === undefined) throw wrongType(at, label, json, pattern)
    return value
  })
}

/** A whole number of 64 bits. */
export function integer(label: string, least: number): Field<number> {
  return field(label, (json, at) => {
    if (typeof json !== 'number' || !Number.isSafeInteger(json))
      throw wrongType(at, label, json, '一个合法的 64 位有符号整数')
    if (json >= least) return json
    const message = `输入源“${at.path}”映射到数值字段“${label}”规则校验失败，值低于最小值 ${least}`
    throw new FieldError(message, { location: at.location, value: json }, OUT_OF_RANGE)
  })
}

export function flag(label: string): Field<boolean> {
  return field(label, (json, at) => {
    if (typeof json !== 'boolean') throw wrongType(at, label, json, '一个 bool 类型的 Json 值')
    return json
  })
}

function field<Value>(label: string, read: Field<Value>['read']): Field<Value> {
  return { label, isOptional: false, read }
}

function wrongType({ path, location }: Source, label: string, value: unknown, wanted: string): FieldError {
  const message = `无法将 JSON 输入源“${path}”映射到目标字段“${label}”中，此字段需要${wanted}`
  return new FieldError(message, { location, value })
}

export function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
