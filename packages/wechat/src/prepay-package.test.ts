import { expect, test } from 'vitest'
import { RefusedError } from './errors.ts'
import { prepayPackage } from './prepay-package.ts'

const PREPAY_ID = 'wx201410272009395522657a690389285100'
const RIGHT = { appid: 'wx0', prepayId: PREPAY_ID, nonceStr: 'x' }

test('a pay sheet is opened with the prepay_id of the order', () => {
  expect(prepayPackage(RIGHT)).toBe(`prepay_id=${PREPAY_ID}`)
})

test.each([
  ['no appid', { appid: undefined }, 'appid'],
  ['an empty appid', { appid: '' }, 'appid'],
  ['no prepay_id', { prepayId: undefined }, 'prepayId'],
  ['the package in place of the prepay_id', { prepayId: `prepay_id=${PREPAY_ID}` }, 'prepayId'],
  ['blanks', { prepayId: ' ' }, 'prepayId'],
  ['no nonce', { nonceStr: '' }, 'nonceStr'],
])('nothing is signed that would fail on the payer’s phone: %s', (_what, wrong, name) => {
  const open = (): string => prepayPackage({ ...RIGHT, ...(wrong as object) })
  expect(open).toThrow(RefusedError)
  expect(open).toThrow(name)
})
