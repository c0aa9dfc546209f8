/** What all calls of Pay v2 have in common: build, sign, send, read. A repetition signs anew. Source: API v2 docs, "协议规则". */
import { ConfigError, TransportError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { type Answer, routed, type StreamedAnswer, send, stream, type Transport } from '../transport.ts'
import { accepted } from './replies.ts'
import type { Fields, SignType } from './sign.ts'
import { signedMessage } from './signed-message.ts'
import { parseXml } from './xml.ts'

export interface Merchant {
  mchid: string
  apiKey: Secret
  signType: SignType
  /** The first is preferred. */
  origins: readonly string[]
  transport: Transport
  /** Presents the merchant's certificate. */
  certified: Transport | undefined
  nonce: () => string
}

export interface Call {
  path: string
  request: { appid: string }
  /** It only asks, so that it may be asked twice. */
  isQuestion?: boolean
  /** Only behind the merchant's certificate (双向证书). */
  isCertified?: boolean
}

/** Sends a call and gives the fields of the yes. Throws as `PayV2` says. */
export async function called(merchant: Merchant, call: Call): Promise<Fields> {
  const { mchid, apiKey, signType } = merchant
  const transport = transportFor(merchant, call)
  return routed({ origins: merchant.origins, isQuestion: call.isQuestion === true }, async (origin) => {
    const fields = { ...texts(call.request), mch_id: mchid, nonce_str: merchant.nonce(), sign_type: signType }
    const answer = await answered(call, () =>
      send(transport, origin + call.path, post(fields, apiKey, signType)),
    )
    return accepted(parseReply(answer), {
      appid: call.request.appid,
      mchid,
      apiKey: apiKey.reveal(),
      signType,
    })
  })
}

/** Sends a call that is answered with a file. downloadbill knows no `sign_type` and means MD5; downloadfundflow wants it named. */
export async function downloaded<File>(
  merchant: Merchant,
  call: Call,
  signType: SignType,
  read: (answer: StreamedAnswer) => Promise<File>,
): Promise<File> {
  const transport = transportFor(merchant, call)
  return routed({ origins: merchant.origins, isQuestion: true }, async (origin) => {
    const named = signType === 'MD5' ? {} : { sign_type: signType }
    const fields = {
      ...texts(call.request),
      mch_id: merchant.mchid,
      nonce_str: merchant.nonce(),
      sign_type: '',
      ...named,
    }
    return answered(call, async () =>
      read(await stream(transport, origin + call.path, post(fields, merchant.apiKey, signType))),
    )
  })
}

function transportFor({ transport, certified }: Merchant, { path, isCertified }: Call): Transport {
  if (isCertified !== true) return transport
  if (certified !== undefined) return certified
  const call = path.slice(path.lastIndexOf('/') + 1)
  throw new ConfigError([
    `certificateFetch: ${call} 须出示商户 API 证书 / needs the merchant certificate; see createCertificateFetch in @shouyin/wechat/node`,
  ])
}

function post(fields: Fields, apiKey: Secret, signType: SignType): RequestInit {
  const body = signedMessage(fields, apiKey.reveal(), signType)
  return { method: 'POST', headers: { 'content-type': 'text/xml; charset=utf-8' }, body }
}

/** What is null is absent, as a column of a database. */
function texts(request: object): Fields {
  return Object.fromEntries(
    Object.entries(request)
      .filter(([, value]) => (value ?? undefined) !== undefined)
      .map(([name, value]) => [name, String(value)]),
  )
}

/** WeChat answers a certificate that is missing, expired or of another issuer with a page and status 400. */
async function answered<Result>(call: Call, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (call.isCertified !== true || !(error instanceof TransportError) || error.status !== 400) throw error
    const message =
      'HTTP 400：商户 API 证书没有出示、已过期或不被接受 / the merchant certificate was not presented, has expired or is not accepted'
    throw new TransportError({ code: 'no_usable_answer', message, status: 400 })
  }
}

/** A proxy's HTML page is no reply of WeChat; whatever was asked may have happened. */
function parseReply({ status, body }: Answer): Fields {
  try {
    return parseXml(body)
  } catch (cause) {
    const message =
      '微信支付的应答不是 v2 的 XML / the answer is not the XML of Pay v2; a proxy may have answered'
    throw new TransportError({ code: 'no_usable_answer', message, status, cause })
  }
}
