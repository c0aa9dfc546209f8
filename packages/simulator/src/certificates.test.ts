import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeCertificates } from './certificates.ts'

test('the server’s certificate is signed by the authority, for a year from now, under a serial that is never padded', async () => {
  const now = Date.parse('2026-11-24T02:00:00Z')
  const { caPem, certificatePem } = await makeCertificates(now)
  const [authority, server] = [caPem, certificatePem].map((pem) => new X509Certificate(pem))
  expect(authority?.ca).toBe(true)
  expect(server?.ca).toBe(false)
  expect(authority && server?.verify(authority.publicKey)).toBe(true)
  expect(Date.parse(server?.validFrom ?? '')).toBe(now - 24 * 3600 * 1000)
  expect(Date.parse(server?.validTo ?? '')).toBe(now + 365 * 24 * 3600 * 1000)
  for (const certificate of [authority, server]) expect(certificate?.serialNumber).toMatch(/^40[0-9A-F]{30}$/)
})
