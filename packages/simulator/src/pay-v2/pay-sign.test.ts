/** What a page signed where WeChat's client verifies something else. */
import { expect, test } from 'vitest'
import { defaultWorld, type Merchant } from '../world.ts'
import { checkPaySignV2, type PayParameters } from './pay-sign.ts'
import { signV2 } from './sign.ts'

const { merchants, officialAccounts } = defaultWorld()
const [merchant, account] = [merchants[0] as Merchant, officialAccounts[0]]
const parameters: PayParameters = {
  appId: 'wx1',
  timeStamp: '1790000000',
  nonceStr: 'N1',
  package: 'prepay_id=wx24',
  signType: 'MD5',
}
const right = 'appId=wx1&nonceStr=N1&package=prepay_id=wx24&signType=MD5&timeStamp=1790000000&key=****'
const check = (paySign: string) => checkPaySignV2(parameters, paySign, { merchant, account, signType: 'MD5' })

test('the right one is right', () => {
  expect(check(signV2(parameters, merchant.apiKey, 'MD5'))).toMatchObject({
    valid: true,
    stringToSign: right,
  })
})

test.each<[string, Record<string, string>, string]>([
  ['timestamp for timeStamp', renamed('timeStamp', 'timestamp'), right.replace('timeStamp', 'timestamp')],
  ['appid for appId', renamed('appId', 'appid'), right.replace('appId', 'appid')],
  ['no signType', renamed('signType', undefined), right.replace('&signType=MD5', '')],
  ['a bare prepay_id', { ...parameters, package: 'wx24' }, right.replace('prepay_id=', '')],
])('%s', (_mistake, signed, signedText) => {
  const sorted = signedText
    .split('&key')
    .map((part, index) => (index === 0 ? part.split('&').sort().join('&') : part))
  expect(check(signV2(signed, merchant.apiKey, 'MD5'))).toMatchObject({
    valid: false,
    stringToSign: right,
    signedText: sorted.join('&key'),
  })
})

test('the AppSecret for the key', () => {
  expect(check(signV2(parameters, account?.secret ?? '', 'MD5'))).toMatchObject({ signedBy: 'AppSecret' })
})

function renamed(name: keyof PayParameters, other: string | undefined): Record<string, string> {
  const { [name]: value, ...rest } = parameters
  return other === undefined ? rest : { ...rest, [other]: value }
}
