/** A certificate authority of the simulator's own, and one server certificate for every host of WeChat. Made at each start. */
import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { WECHAT_HOSTS } from './hosts.ts'

export interface Certificates {
  caPem: string
  certificatePem: string
  keyPem: string
}

const DAY_MS = 24 * 3600 * 1000
const VALID_DAYS = 365
const keyPair = promisify(generateKeyPair)

export async function makeCertificates(now: number): Promise<Certificates> {
  const [authority, server] = await Promise.all([rsaKeys(), rsaKeys()])
  const name = [{ name: 'commonName', value: 'Shouyin simulator CA' }]
  const ca = certificate(authority.publicKey, now)
  ca.setSubject(name)
  ca.setIssuer(name)
  ca.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ])
  ca.sign(authority.privateKey, forge.md.sha256.create())

  const leaf = certificate(server.publicKey, now)
  leaf.setSubject([{ name: 'commonName', value: 'api.mch.weixin.qq.com' }])
  leaf.setIssuer(name)
  leaf.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        ...[...WECHAT_HOSTS, 'localhost'].map((value) => ({ type: 2, value })),
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ])
  leaf.sign(authority.privateKey, forge.md.sha256.create())
  return {
    caPem: forge.pki.certificateToPem(ca),
    certificatePem: forge.pki.certificateToPem(leaf),
    keyPem: forge.pki.privateKeyToPem(server.privateKey),
  }
}

/** Made by Node, off the main thread; node-forge alone would take seconds. */
async function rsaKeys(): Promise<{
  publicKey: forge.pki.rsa.PublicKey
  privateKey: forge.pki.rsa.PrivateKey
}> {
  const { publicKey, privateKey } = await keyPair('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
  }
}

function certificate(publicKey: forge.pki.PublicKey, now: number): forge.pki.Certificate {
  const made = forge.pki.createCertificate()
  made.publicKey = publicKey
  // The first byte keeps it positive and of one length: a needless leading zero is refused by OpenSSL, and random bytes have one now and then.
  made.serialNumber = `40${randomBytes(15).toString('hex')}`
  made.validity.notBefore = new Date(now - DAY_MS)
  made.validity.notAfter = new Date(now + VALID_DAYS * DAY_MS)
  return made
}
