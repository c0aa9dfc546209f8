import { beforeEach, expect, test } from 'vitest'
import { defaultWorld, type User } from '../world.ts'
import { createPasswordGuard, type PasswordGuard } from './pay-password.ts'

let now: number
let epoch: number
let guard: PasswordGuard
const [payer, other] = defaultWorld().users as [User, User]

beforeEach(() => {
  now = 0
  epoch = 0
  guard = createPasswordGuard({ now: () => now, epoch: () => epoch })
})

function mistakes(count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => guard.refusal(payer, '000000'))
}

test('the right password is not refused, and wipes out the mistakes before it', () => {
  mistakes(4)
  expect(guard.refusal(payer, '123456')).toBeUndefined()
  expect(mistakes(1)).toEqual(['支付密码错误，请重试'])
})

test('a payer is warned from the third mistake on, and locked out by the fifth', () => {
  expect(mistakes(5)).toEqual([
    '支付密码错误，请重试',
    '支付密码错误，请重试',
    '支付密码错误，你还可以输入2次',
    '支付密码错误，你还可以输入1次',
    '支付密码输入错误次数过多，请10分钟后再试',
  ])
})

test('a locked password is refused although it is right, until ten minutes are over', () => {
  mistakes(5)
  now = 9 * 60_000 + 1
  expect(guard.refusal(payer, '123456')).toBe('支付密码输入错误次数过多，请1分钟后再试')
  now = 10 * 60_000
  expect(guard.refusal(payer, '123456')).toBeUndefined()
})

test('one payer’s mistakes lock nobody else, and none of them outlives the world', () => {
  mistakes(5)
  expect(guard.refusal(other, '123456')).toBeUndefined()
  epoch = 1
  expect(guard.refusal(payer, '123456')).toBeUndefined()
})
