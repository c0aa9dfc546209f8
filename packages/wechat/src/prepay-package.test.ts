import { expect, test } from 'vitest'
import { RefusedError } from './errors.ts'
import { prepayPackage } from './prepay-package.ts'

const PREPAY_ID = 'wx201410272009395522657a690389285100'

test('a pay sheet is opened with the prepay_id of the order', () => {
  expect(prepayPackage({ appid: 'wx0', prepayId: PREPAY_ID })).toBe(`prepay_id=${PREPAY_ID}`)
})

test.each([
  ['no appid', { prepayId: PREPAY_ID }, 'appid'],
  ['an empty appid', { appid: '', prepayId: PREPAY_ID }, 'appid'],
  ['no prepay_id', { appid: 'wx0' }, 'prepayId'],
  ['the package in place of the prepay_id', { appid: 'wx0', prepayId: `prepay_id=${PREPAY_ID}` }, 'prepayId'],
  ['blanks', { appid: 'wx0', prepayId: ' ' }, 'prepayId'],
])('nothing is signed that would fail on the payer’s phone: %s', (_what, payment, name) => {
  const open = (): string => prepayPackage(payment as { appid: string; prepayId: string })
  expect(open).toThrow(RefusedError)
  expect(open).toThrow(name)
})
