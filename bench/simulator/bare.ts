/** A handler that does only the cryptography of an order: v2 hashes request and answer, v3 verifies the one and signs the other. */
import { createHash, createPrivateKey, sign, verify, X509Certificate } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Credentials } from './credentials.ts'

const credentials = JSON.parse(process.env['CREDENTIALS'] ?? '{}') as Credentials
const merchantKey = new X509Certificate(credentials.certificatePem).publicKey
// Any key costs the same.
const wechatKey = createPrivateKey(credentials.privateKeyPem)
const PREPAY_ID = `wx24${'0'.repeat(32)}`

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    if (request.method !== 'POST') response.end()
    else if (request.url?.startsWith('/v3/') === true) {
      const answer = JSON.stringify({ prepay_id: PREPAY_ID })
      if (!isSigned(request, body.toString())) response.writeHead(401).end()
      else response.writeHead(200, { 'wechatpay-signature': signature(answer) }).end(answer)
    } else {
      const answer = `<xml><return_code>SUCCESS</return_code><prepay_id>${PREPAY_ID}</prepay_id>`
      response.end(`${answer}<sign>${digest(body)}${digest(Buffer.from(answer))}</sign></xml>`)
    }
  })
}).listen(Number(process.env['PORT']), '127.0.0.1')

function digest(text: Buffer): string {
  return createHash('md5').update(text).digest('hex').toUpperCase()
}

function isSigned({ headers, method, url }: IncomingMessage, body: string): boolean {
  const claimed = (name: string): string =>
    new RegExp(`${name}="([^"]*)"`).exec(headers.authorization ?? '')?.[1] ?? ''
  const text = `${method}\n${url}\n${claimed('timestamp')}\n${claimed('nonce_str')}\n${body}\n`
  return verify('RSA-SHA256', Buffer.from(text), merchantKey, Buffer.from(claimed('signature'), 'base64'))
}

function signature(answer: string): string {
  return sign('RSA-SHA256', Buffer.from(answer), wechatKey).toString('base64')
}
