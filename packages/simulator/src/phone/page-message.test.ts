import { expect, test } from 'vitest'
import { readPageMessage } from './page-message.ts'

const ORIGIN = 'http://localhost:8080'
const page = { currentUrl: `${ORIGIN}/pay?id=1`, landingUrl: `${ORIGIN}/` }

test('a call of the bridge is read with its parameters', () => {
  const call = { simulator: 'invoke', id: 7, method: 'closeWindow', parameters: { a: 1 }, page }
  expect(readPageMessage(call, ORIGIN)).toEqual(call)
})

test('a call without parameters has none', () => {
  const call = { simulator: 'invoke', id: 7, method: 'closeWindow', parameters: [], page }
  expect(readPageMessage(call, ORIGIN)).toMatchObject({ parameters: {} })
})

test('a page that claims to be elsewhere is not heard', () => {
  const moved = { simulator: 'moved', title: '店', page }
  expect(readPageMessage(moved, ORIGIN)).toEqual(moved)
  expect(readPageMessage(moved, 'http://localhost:8081')).toBeUndefined()
  const borrowed = { ...page, landingUrl: 'https://shop.example.com/' }
  expect(readPageMessage({ ...moved, page: borrowed }, ORIGIN)).toBeUndefined()
})

test.each([
  null,
  'WeixinJSBridge',
  {},
  { simulator: 'invoke', page },
  { simulator: 'invoke', id: '7', method: 'closeWindow', page },
  { simulator: 'moved', page },
  { simulator: 'moved', title: '店', page: { currentUrl: 'javascript:1', landingUrl: 1 } },
])('what other scripts post is none of ours: %j', (data) => {
  expect(readPageMessage(data, ORIGIN)).toBeUndefined()
})
