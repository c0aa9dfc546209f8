import { expect, test } from 'vitest'
import { beijingTime } from './beijing-time.ts'

test('both forms of WeChat’s times are Beijing’s', () => {
  expect(beijingTime('20140903131540')).toBe(Date.UTC(2014, 8, 3, 5, 15, 40))
  expect(beijingTime('2014-09-03 13:15:40')).toBe(Date.UTC(2014, 8, 3, 5, 15, 40))
  expect(beijingTime('20260101000000')).toBe(Date.UTC(2025, 11, 31, 16))
  expect(beijingTime('20240229235959')).toBe(Date.UTC(2024, 1, 29, 15, 59, 59))
})

test.each([
  '',
  '2014-09-03',
  '2014-09-0313:15:40',
  '2014-09-03T13:15:40',
  '20140903 131540',
  '2014090313:15:40',
  '20150229000000',
  '20140931000000',
  '20140903240000',
  '20140903136040',
  '20140903131560',
  '２0140903131540',
])('%j is no time of WeChat’s', (text) => {
  expect(() => beijingTime(text)).toThrow(RangeError)
})
