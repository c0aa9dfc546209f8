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
  [`{'appid':'wx'}`, 1, 2, "Missing '}' or object member name"],
  [`{"attach":"line\nline"}`, 1, 11, 'Syntax error: value, object or array expected.'],
])('%s', (text, line, column, why) => {
  expect(refusalOf(text)).toEqual({
    outcome: 'refused',
    status: 400,
    code: 'PARAM_ERROR',
    message: `解析 Json 出错 (位置: /body): * Line ${line}, Column ${column}\n  ${why}\n`,
    number: 268435461,
    detail: { location: null, value: text },
  })
})

function refusalOf(text: string): unknown {
  try {
    return readJson(Buffer.from(text))
  } catch (error) {
    return error instanceof FieldError ? error.refusal : error
  }
}
