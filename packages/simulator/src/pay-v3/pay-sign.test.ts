/** `paySign` of payments ordered through v3, as WeChat's client checks it when the page asks for the pay sheet. */
import { expect, test } from 'vitest'
import type { Exchange } from '../exchanges.ts'
import { signV2 } from '../pay-v2/sign.ts'
import { certificateOf, openV3Scene, signature, type V3Scene } from './merchant-v3.fixture.ts'

interface Sheet {
  sheet?: { totalFee: number; prepayId: string }
  dialog?: string
}

interface Texts {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: string
}

async function ordered(scene: V3Scene): Promise<Texts> {
  const { json } = await scene.v3('/v3/pay/transactions/jsapi', { body: scene.v3Order() })
  return {
    appId: scene.account.appid,
    timeStamp: '1795485600',
    nonceStr: 'nonceStr0123456789',
    package: `prepay_id=${json['prepay_id']}`,
    signType: 'RSA',
  }
}

const lines = ({ appId, timeStamp, nonceStr, package: fourth }: Texts): string =>
  `${appId}\n${timeStamp}\n${nonceStr}\n${fourth}\n`

async function cashier(scene: V3Scene, parameters: object): Promise<Sheet> {
  const page = { currentUrl: 'https://shop.example.com/', landingUrl: 'https://shop.example.com/' }
  const viewer = { userId: scene.payer.id, device: 'android', entry: 'menu' }
  const body = JSON.stringify({ viewer, page, parameters })
  const answer = await scene.json('http://localhost:9090/_simulator/phone/cashier', { method: 'POST', body })
  return answer as Sheet
}

async function checkShown(scene: V3Scene): Promise<Exchange['signature']> {
  const said = (await scene.json('http://localhost:9090/_simulator/exchanges')) as unknown as Exchange[]
  return said.at(-1)?.signature
}

test('four lines signed by the merchant’s key open the pay sheet', async () => {
  const scene = openV3Scene()
  const texts = await ordered(scene)
  const paySign = await signature(certificateOf(scene.merchant).privateKeyPem, lines(texts))
  expect((await cashier(scene, { ...texts, paySign })).sheet).toMatchObject({ totalFee: 12800 })
  expect(await checkShown(scene)).toMatchObject({ valid: true, stringToSign: lines(texts) })
})

test.each<[string, (texts: Texts) => string]>([
  [
    'the bare prepay_id of an app’s payment',
    (texts) => lines({ ...texts, package: texts.package.slice(10) }),
  ],
  ['no line feed at the end', (texts) => lines(texts).slice(0, -1)],
  ['signType as a fifth line', (texts) => `${lines(texts)}RSA\n`],
])('%s is refused, and shown', async (_mistake, mistaken) => {
  const scene = openV3Scene()
  const texts = await ordered(scene)
  const paySign = await signature(certificateOf(scene.merchant).privateKeyPem, mistaken(texts))
  expect(await cashier(scene, { ...texts, paySign })).toEqual({ dialog: '支付验证签名失败' })
  expect(await checkShown(scene)).toMatchObject({
    valid: false,
    stringToSign: lines(texts),
    signedText: mistaken(texts),
  })
})

test('an MD5 signature with the APIv2 key is refused, and shown without the key', async () => {
  const scene = openV3Scene()
  const texts = { ...(await ordered(scene)), signType: 'MD5' }
  const paySign = signV2({ ...texts }, scene.merchant.apiKey, 'MD5')
  expect(await cashier(scene, { ...texts, paySign })).toEqual({ dialog: '支付验证签名失败' })
  expect((await checkShown(scene))?.signedText).toMatch(/^appId=.*&key=\*\*\*\*$/)
})

test('another merchant’s key is named', async () => {
  const scene = openV3Scene(({ merchants }) => {
    const [first] = merchants
    if (first !== undefined) merchants.push({ ...first, mchid: '1900007291' })
  })
  const texts = await ordered(scene)
  const other = certificateOf({ ...scene.merchant, mchid: '1900007291' })
  const paySign = await signature(other.privateKeyPem, lines(texts))
  expect(await cashier(scene, { ...texts, paySign })).toEqual({ dialog: '支付验证签名失败' })
  expect(await checkShown(scene)).toMatchObject({ signedBy: '商户 merchant 1900007291' })
})

test('right lines signed in lines of 76 characters are refused, and the form is named', async () => {
  const scene = openV3Scene()
  const texts = await ordered(scene)
  const right = await signature(certificateOf(scene.merchant).privateKeyPem, lines(texts))
  const paySign = right.replaceAll(/.{76}/g, '$&\r\n')
  expect(await cashier(scene, { ...texts, paySign })).toEqual({ dialog: '支付验证签名失败' })
  expect(await checkShown(scene)).toMatchObject({ signedBy: '非标准的 Base64 another form of base64' })
})

test('right lines under another signType are refused', async () => {
  const scene = openV3Scene()
  const texts = await ordered(scene)
  const paySign = await signature(certificateOf(scene.merchant).privateKeyPem, lines(texts))
  expect(await cashier(scene, { ...texts, signType: 'MD5', paySign })).toEqual({ dialog: '支付验证签名失败' })
})
