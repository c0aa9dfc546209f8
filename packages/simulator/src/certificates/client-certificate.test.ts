import { expect, test } from 'vitest'
import { defaultWorld } from '../world.ts'
import { certificateAuthority, hostCertificate, merchantCertificate } from './certificates.ts'
import { certificateMchids, certificateRefusal } from './client-certificate.ts'

const now = Date.parse('2026-11-24T02:00:00Z')
const DAY_MS = 24 * 3600 * 1000

const world = defaultWorld()
const host = hostCertificate({ seed: 'shouyin', hostnames: ['api.mch.weixin.qq.com'], now })

function certificate(seed = 'shouyin'): string {
  return merchantCertificate({ seed, mchid: '1600000001', name: '山间茶事', startedAt: now }).certificatePem
}

test('a merchant’s certificate is let through, and says whose it is', () => {
  const clientCertificatePem = certificate()
  expect(certificateRefusal({ clientCertificatePem }, { seed: 'shouyin', world, now })).toBeUndefined()
  expect(certificateMchids({ clientCertificatePem }, world)).toEqual(['1600000001'])
})

test('a merchant may have a certificate of its own, from elsewhere and without its number', () => {
  const certificatePem = certificate('another world')
  const own = defaultWorld()
  const [merchant] = own.merchants
  if (merchant) merchant.certificate = { certificatePem, privateKeyPem: '' }
  const presented = { clientCertificatePem: certificatePem.replaceAll('\r\n', '\n') }
  expect(certificateRefusal(presented, { seed: 'shouyin', world: own, now })).toBeUndefined()
  expect(certificateMchids(presented, own)).toEqual([merchant?.mchid])
  if (merchant) own.merchants.push({ ...merchant, mchid: '1900000109' })
  expect(certificateMchids(presented, own)).toEqual([merchant?.mchid, '1900000109'])
  const later = now + 5 * 365 * DAY_MS
  expect(certificateRefusal(presented, { seed: 'shouyin', world: own, now: later })?.refused).toBe(
    '400 The SSL certificate error',
  )
})

test('who presents none is told so by a page, not by XML', async () => {
  const refusal = certificateRefusal({}, { seed: 'shouyin', world, now })
  expect(refusal?.refused).toBe('400 No required SSL certificate was sent')
  expect(refusal?.response.status).toBe(400)
  expect(refusal?.response.headers.get('server')).toBe('nginx')
  expect(await refusal?.response.text()).toBe(
    '<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n' +
      '<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r\n' +
      '<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
  )
  expect(certificateMchids({}, world)).toEqual([])
})

test.each([
  ['issued by somebody else', certificate('another world'), now],
  ['of the authority itself', certificateAuthority('shouyin').certificatePem, now],
  ['of one of WeChat’s hosts', host.certificatePem, now],
  ['five years old', certificate(), now + 5 * 365 * DAY_MS],
  ['not in effect yet', certificate(), now - 2 * 365 * DAY_MS],
])('a certificate %s is an error', (_what, clientCertificatePem, at) => {
  const refusal = certificateRefusal({ clientCertificatePem }, { seed: 'shouyin', world, now: at })
  expect(refusal?.refused).toBe('400 The SSL certificate error')
})
