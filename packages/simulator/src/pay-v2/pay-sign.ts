/** `paySign` of a page that pays an order of v2. Source: API v2 docs, "JSAPI调起支付"; JS-SDK docs on `chooseWXPay`. */
import type { SignatureCheck } from '../exchanges.ts'
import type { SignType } from '../pay/state.ts'
import type { Merchant, OfficialAccount } from '../world.ts'
import { secretsBesideTheKey } from './gateway.ts'
import { checkV2 } from './sign.ts'

/** What is signed, under the names that are signed. */
export type PayParameters = Record<'appId' | 'timeStamp' | 'nonceStr' | 'package' | 'signType', string>

export interface PaySigner {
  merchant: Merchant
  account: OfficialAccount | undefined
  /** Of the order. */
  signType: SignType
}

export function checkPaySignV2(
  parameters: PayParameters,
  paySign: string,
  { merchant, account, signType }: PaySigner,
): SignatureCheck {
  return checkV2(parameters, paySign, merchant.apiKey, signType, {
    otherKeys: secretsBesideTheKey(merchant, account),
    otherParams: otherNames(parameters),
  })
}

/** `chooseWXPay` takes a `timestamp`, requests an `appid`; signed are neither. */
function otherNames({
  appId,
  timeStamp,
  nonceStr,
  package: prepay,
  signType,
}: PayParameters): Record<string, string>[] {
  const named = { appId, timeStamp, nonceStr, package: prepay, signType }
  const { timeStamp: timestamp, ...withoutTime } = named
  const { appId: appid, ...withoutAppId } = named
  return [
    { ...withoutTime, timestamp },
    { ...withoutAppId, appid },
    { appid, timestamp, noncestr: nonceStr, package: prepay, signtype: signType },
    { appid, timestamp, nonceStr, package: prepay, signType },
    { appId, timestamp, noncestr: nonceStr, package: prepay, signType },
    { ...named, package: prepay.replace(/^prepay_id=/, '') },
    { appid, timestamp, noncestr: nonceStr, prepayid: prepay.replace(/^prepay_id=/, '') },
  ]
}
