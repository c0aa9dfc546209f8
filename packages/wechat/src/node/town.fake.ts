/**
 * A certificate authority, a WeChat behind mutual TLS and a proxy, all real and on loopback. For tests only; not published.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import forge from 'node-forge'

export interface KeyAndCertificate {
  privateKey: string
  certificate: string
}

export interface Authority extends KeyAndCertificate {
  issue(subject: Subject): KeyAndCertificate
}

export interface Subject {
  /** Common name; the merchant number in a merchant's certificate. */
  name: string
  from?: Date
  to?: Date
}

export function authority(): Authority {
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const name = [{ name: 'commonName', value: 'Tenpay.com Root CA' }]
  const own = unsigned(keys.publicKey, name, name, {})
  own.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }])
  own.sign(keys.privateKey, forge.md.sha256.create())
  return {
    ...pemOf(keys.privateKey, own),
    issue(subject) {
      const subjectKeys = forge.pki.rsa.generateKeyPair(2048)
      const attributes = [
        { name: 'organizationName', value: 'Shouyin' },
        {
          name: 'commonName',
          value: forge.util.encodeUtf8(subject.name),
          valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class,
        },
      ]
      const certificate = unsigned(subjectKeys.publicKey, attributes, name, subject)
      certificate.setExtensions([
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ])
      certificate.sign(keys.privateKey, forge.md.sha256.create())
      return pemOf(subjectKeys.privateKey, certificate)
    },
  }
}

let serial = 0x1dde55ad

function unsigned(
  publicKey: forge.pki.rsa.PublicKey,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  { from = new Date(Date.UTC(2000, 0, 1)), to = new Date(Date.UTC(2100, 0, 1)) }: Partial<Subject>,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  serial += 1
  certificate.publicKey = publicKey
  certificate.serialNumber = serial.toString(16)
  certificate.validity.notBefore = from
  certificate.validity.notAfter = to
  certificate.setSubject(subject)
  certificate.setIssuer(issuer)
  return certificate
}

function pemOf(privateKey: forge.pki.rsa.PrivateKey, certificate: forge.pki.Certificate): KeyAndCertificate {
  return {
    privateKey: forge.pki.privateKeyToPem(privateKey),
    certificate: forge.pki.certificateToPem(certificate),
  }
}

/** The bytes of a `.p12` file with a key closed by 3DES or AES, as tools of today write it. */
export function p12Of(
  { privateKey, certificate }: KeyAndCertificate,
  password: string,
  algorithm: '3des' | 'aes128' | 'aes256',
): Buffer {
  const key = privateKey === '' ? null : forge.pki.privateKeyFromPem(privateKey)
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, [forge.pki.certificateFromPem(certificate)], password, {
    algorithm,
  })
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1')
}

export interface Gateway {
  url: string
  /** How many connections were made. */
  connections(): number
  close(): Promise<void>
}

/** Answers with the name in the certificate that was presented, or with the page that WeChat's nginx has for none. */
export async function gateway(ca: Authority): Promise<Gateway> {
  const { privateKey: key, certificate: cert } = ca.issue({ name: 'api.mch.weixin.qq.com' })
  const tls = { key, cert, ca: ca.certificate, requestCert: true, rejectUnauthorized: false }
  const server = createTlsServer(tls, (request, response) => {
    const socket = request.socket as TLSSocket
    const name = socket.authorized ? socket.getPeerCertificate().subject.CN : undefined
    request.resume().on('end', () => {
      response.writeHead(name === undefined ? 400 : 200, { 'content-type': 'text/plain' })
      response.end(name ?? '<html><title>400 No required SSL certificate was sent</title></html>')
    })
  })
  let connections = 0
  server.on('secureConnection', () => {
    connections += 1
  })
  const port = await listening(server)
  return { url: `https://localhost:${port}`, connections: () => connections, close: () => closed(server) }
}

export interface WayOut {
  url: string
  /** Where it was asked to connect to, and as whom. */
  asked: { target: string; authorization: string | undefined }[]
  close(): Promise<void>
}

/** Knows CONNECT, and nothing of what passes; or refuses with a status. */
export async function proxy(refusal?: number): Promise<WayOut> {
  const asked: WayOut['asked'] = []
  const server = createServer()
  server.on('connect', (request: IncomingMessage, near: Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (refusal !== undefined) {
      near.end(`HTTP/1.1 ${refusal} No\r\n\r\n`)
      return
    }
    const far = connect(Number(new URL(`http://${request.url}`).port), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      near.pipe(far).pipe(near)
    })
    far.on('error', () => near.destroy())
    near.on('error', () => far.destroy())
  })
  const port = await listening(server)
  return { url: `http://127.0.0.1:${port}`, asked, close: () => closed(server) }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
