/** JSON that is none, refused where it stops being JSON. */
import { expect, test } from 'vitest'
import { FieldError } from './fields.ts'
import { readJson } from './json-text.ts'

test.each([
  [`{"amount": {"total": 1}, "appid" "wx"}`, 1, 34, "Missing ':' after object member name"],
  [`{"appid":"wx",}`, 1, 15, "Missing '}' or object member name"],
  [`{\n "appid": "wx"\n "mchid": "1"}`, 3, 2, "Missing ',' or '}' in object declaration"],
  [`{"limit_pay":["no_credit" "no_debit"]}`, 1, 27, "Missing ',' or ']' in array declaration"],
  [`{"amount":{"total":}}`, 1, 20, 'Syntax error: value, object or array expected.'],
  [`{"a":[],"b":{}`, 1, 15, "Missing ',' or '}' in object declaration"],
  [`appid=wx&mchid=1`, 1, 1, 'Syntax error: value, object or array expected.'],
  [`{"appid":"wx"}}`, 1, 15, 'Extra non-whitespace after JSON value.'],
  [`{"amount":{"total":01}}`, 1, 21, "Missing ',' or '}' in object declaration"],
  [`{'appid':'wx'}`, 1, 2, "Missing '}' or object member name"],
  [`{"attach":"line\nline"}`, 1, 11, 'Syntax error: value, object or array expected.'],
])('%s', (text, line, column, why) => {
  expect(refusalOf(Buffer.from(text))).toEqual({
    outcome: 'refused',
    status: 400,
    code: 'PARAM_ERROR',
    message: `解析 Json 出错 (位置: /body): * Line ${line}, Column ${column}\n  ${why}\n`,
    number: 268435461,
    detail: { location: null, value: text },
  })
})

test('text in GBK', () => {
  const body = Buffer.concat([Buffer.from('{"description":"'), Buffer.from([0xb2, 0xe8]), Buffer.from('"}')])
  expect(refusalOf(body)).toMatchObject({
    code: 'PARAM_ERROR',
    message: '解析 Json 出错 (位置: /body): * Line 1, Column 17\n  Invalid UTF-8.\n',
  })
})

test.each([
  ['of arrays left open', '['.repeat(200_000)],
  ['of objects left open', '{"a":'.repeat(200_000)],
  ['that is well formed', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
])('a depth %s', (_what, text) => {
  expect(refusalOf(Buffer.from(text))).toMatchObject({
    code: 'PARAM_ERROR',
    message: expect.stringContaining('Exceeded stackLimit in readValue().'),
  })
})

test('many brackets are not deep', () => {
  const many = Array.from({ length: 2000 }, (_, index) => ({ index }))
  expect(readJson(Buffer.from(JSON.stringify(many)))).toEqual(many)
})

function refusalOf(body: Uint8Array): unknown {
  try {
    return readJson(body)
  } catch (error) {
    return error instanceof FieldError ? error.refusal : error
  }
}
