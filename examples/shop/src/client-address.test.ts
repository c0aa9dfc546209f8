import { expect, test } from 'vitest'
import { clientAddress } from './client-address.ts'

test('without a proxy the connection says who is there', () => {
  expect(clientAddress({ socket: '203.0.113.7', forwardedFor: undefined })).toBe('203.0.113.7')
  expect(clientAddress({ socket: '::ffff:203.0.113.7', forwardedFor: undefined })).toBe('203.0.113.7')
})

test('a proxy on this machine is believed, in the entry it wrote itself', () => {
  expect(clientAddress({ socket: '127.0.0.1', forwardedFor: '10.0.0.1, 203.0.113.7' })).toBe('203.0.113.7')
  expect(clientAddress({ socket: '::1', forwardedFor: '2001:db8::7' })).toBe('2001:db8::7')
})

test('a visitor cannot write an address of choice', () => {
  expect(clientAddress({ socket: '203.0.113.7', forwardedFor: '198.51.100.1' })).toBe('203.0.113.7')
})

test('where nothing is known, nothing is made up', () => {
  expect(clientAddress({ socket: undefined, forwardedFor: '198.51.100.1' })).toBeUndefined()
})
