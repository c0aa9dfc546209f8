/**
 * `paySign` of a payment that was ordered through v3: the merchant who placed the order signs four lines with RSA. `signType`
 * says so and is not among them. Source: API v3 docs, "JSAPI调起支付".
 */
import type { SignatureCheck } from '../exchanges.ts'
import { checkV2 } from '../pay-v2/sign.ts'
import type { Simulation } from '../simulation.ts'
import type { Merchant } from '../world.ts'
import { merchantKeys, merchantPrivateKey } from './keys.ts'
import { isSignatureOf, OTHER_BASE64, signText, standardBase64 } from './sign.ts'

/** As the page passed them to `getBrandWCPayRequest`. */
export interface BridgeTexts {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: string
  paySign: string
}

/** Whether the merchant's key signed the four lines; what it signed instead, where that can be found out. */
export function checkPaySign(simulation: Simulation, merchant: Merchant, given: BridgeTexts): SignatureCheck {
  const { publicKey } = merchantKeys(simulation, merchant)
  const received = given.paySign
  const stringToSign = lines(given)
  if (isSignatureOf(stringToSign, received, publicKey))
    return { valid: true, stringToSign, expected: received, received }
  const expected = signText(stringToSign, merchantPrivateKey(simulation, merchant))
  const instead = signedInstead(simulation, merchant, given)
  return { valid: false, stringToSign, expected, received, ...instead }
}

function lines({ appId, timeStamp, nonceStr, package: fourth }: BridgeTexts): string {
  return `${appId}\n${timeStamp}\n${nonceStr}\n${fourth}\n`
}

function signedInstead(
  simulation: Simulation,
  merchant: Merchant,
  given: BridgeTexts,
): Pick<SignatureCheck, 'signedText' | 'signedBy'> {
  const { publicKey } = merchantKeys(simulation, merchant)
  if (isSignatureOf(lines(given), standardBase64(given.paySign), publicKey)) return { signedBy: OTHER_BASE64 }
  const signedText = wrongTexts(given).find((text) => isSignatureOf(text, given.paySign, publicKey))
  if (signedText !== undefined) return { signedText }
  const { paySign, ...signed } = given
  for (const type of ['MD5', 'HMAC-SHA256'] as const) {
    const asV2 = checkV2({ ...signed, signType: type }, paySign, merchant.apiKey, type)
    if (asV2.valid) return { signedText: asV2.stringToSign }
  }
  const other = simulation.world.merchants.find((each) =>
    isSignatureOf(lines(given), paySign, merchantKeys(simulation, each).publicKey),
  )
  return other === undefined ? {} : { signedBy: `商户 merchant ${other.mchid}` }
}

/** The bare prepay_id of an app's payment, `signType` as a fifth line, the last line feed left out, other names of the lines. */
function wrongTexts(given: BridgeTexts): string[] {
  const { appId, timeStamp, nonceStr, package: fourth, signType } = given
  return [
    lines({ ...given, package: fourth.replace('prepay_id=', '') }),
    lines(given).slice(0, -1),
    `${lines(given)}${signType}\n`,
    lines({ ...given, timeStamp: `${timeStamp}000` }),
    lines({ ...given, timeStamp: nonceStr, nonceStr: timeStamp }),
    lines(given).replaceAll('\n', '\\n'),
    `${appId}${timeStamp}${nonceStr}${fourth}`,
    `appId=${appId}&nonceStr=${nonceStr}&package=${fourth}&signType=${signType}&timeStamp=${timeStamp}`,
  ]
}
