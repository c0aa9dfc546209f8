/** A message with its signature, as requests are sent. Source: API v2 docs, "协议规则", "签名算法". */
import { type Fields, type SignType, sign, signatureOf } from './sign.ts'
import { needsCare, serialiseXml, tagsOf } from './xml.ts'

/**
 * Signs and serialises at once; the same as `serialiseXml` of the fields with what `sign` says of them, in the order in which they are
 * signed. Throws `RefusedError` of code `invalid_request` for a value that XML cannot carry.
 */
export function signedMessage(fields: Fields, apiKey: string, signType: SignType): string {
  let text = ''
  let body = ''
  for (const { name, label, start, end } of formOf(Object.keys(fields))) {
    const value = fields[name] ?? ''
    if (value === '') continue
    text += label + value
    body += start + value + end
  }
  const keyed = `${text}&key=${apiKey}`
  if (text === '' || needsCare(keyed)) {
    return serialiseXml({ ...fields, sign: sign(fields, apiKey, signType) })
  }
  // Every label begins with an ampersand, also the first.
  const signature = signatureOf(keyed.slice(1), apiKey, signType)
  return `<xml>${body}<sign><![CDATA[${signature}]]></sign></xml>`
}

/** How one field is signed and written. */
interface Part {
  name: string
  label: string
  start: string
  end: string
}

interface Form {
  names: readonly string[]
  parts: readonly Part[]
}

/** Requests of one kind have the same names in the same order, so that sorting them is done once. */
const FORMS: Form[] = []
const MAX_FORMS = 32

function formOf(names: readonly string[]): readonly Part[] {
  for (const form of FORMS) if (isSame(form.names, names)) return form.parts
  const signedNames = names.filter((name) => name !== 'sign').sort()
  const parts = signedNames.map((name) => {
    const [start, end] = tagsOf(name)
    return { name, label: `&${name}=`, start, end }
  })
  if (FORMS.length < MAX_FORMS) FORMS.push({ names, parts })
  return parts
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false
  return true
}
