/**
 * A merchant's whole life through a published library, both versions of the API: every request it sends and every reply the
 * simulator gives keeps to the OpenAPI data that the community has transcribed from WeChat's pages.
 */
import { Agent } from 'node:https'
import { createRequire } from 'node:module'
import type { Exchange } from '@shouyin/simulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStage, type Stage } from '../witnesses/simulator.ts'
import { envelopeProblems, type Operation, operations, type Side } from './specification.ts'

const require = createRequire(import.meta.url)
const { Wechatpay, Transformer, Rsa, Aes, Formatter } = require('wechatpay-axios-plugin') as Library

/** The surface of the library that is used here. */
interface Library {
  Wechatpay: new (options: object) => Resource
  Transformer: { toObject(xml: string): Record<string, unknown> }
  Rsa: { verify(message: string, signature: string, key: string): boolean }
  Aes: {
    AesGcm: { decrypt(ciphertext: string, key: string, nonce: string, associatedData: string): string }
  }
  Formatter: { response(timestamp: string, nonce: string, body: string): string }
}

interface Resource {
  [name: string]: Resource & Verbs
}

interface Verbs {
  get(config: object): Promise<{ data: unknown }>
  post(data: object, config: object): Promise<{ data: unknown }>
}

interface Issued {
  certificate: { serial: string; certificatePem: string; privateKeyPem: string }
  platformCertificates: { serial: string; certificatePem: string }[]
  publicKey: { id: string; publicKeyPem: string }
}

interface DescribedMerchant {
  mchid: string
  apiKey: string
  apiV3Key: string
  issued: Issued
}

const OTHER_MCHID = '1900000109'

interface Town {
  stage: Stage
  merchant: DescribedMerchant
  wxpay: Resource
  /** Where the library is to go, over plain HTTP and by mutual TLS. */
  here: { baseURL: string }
  secure: { baseURL: string; httpsAgent: Agent }
}

let exchanges: Exchange[] = []
let town: Town
let closeStage: () => Promise<void>

beforeAll(async () => {
  const stage = await openStage((close) => {
    closeStage = close
  })
  town = await settle(stage)
  await lifeOfV3(town)
  await lifeOfV2(town)
  exchanges = (await control(stage, 'exchanges')) as Exchange[]
}, 60_000)

afterAll(() => closeStage())

/** Two merchants, the second as the other half of a combined order; the library set up with what WeChat issued. */
async function settle(stage: Stage): Promise<Town> {
  const world = (await control(stage, 'world')) as { merchants: DescribedMerchant[] }
  const [first] = world.merchants
  const merchants = [...world.merchants, { ...first, mchid: OTHER_MCHID }]
  await control(stage, 'world', { ...world, merchants }, 'PUT')
  const [merchant] = ((await control(stage, 'world')) as { merchants: DescribedMerchant[] }).merchants
  if (merchant === undefined) throw new Error('a world without merchants')
  const { certificate } = merchant.issued
  const wxpay = new Wechatpay({
    mchid: merchant.mchid,
    secret: merchant.apiKey,
    serial: certificate.serial,
    privateKey: certificate.privateKeyPem,
    certs: wechatKeys(merchant),
  })
  const tls = { cert: certificate.certificatePem, key: certificate.privateKeyPem, ca: stage.simulator.caPem }
  const secure = { baseURL: `${stage.simulator.httpsUrl}/`, httpsAgent: new Agent(tls) }
  return { stage, merchant, wxpay, here: { baseURL: `${stage.simulator.httpUrl}/` }, secure }
}

function wechatKeys({ issued }: DescribedMerchant): Record<string, string> {
  const certificates = issued.platformCertificates.map((each) => [each.serial, each.certificatePem])
  return { ...Object.fromEntries(certificates), [issued.publicKey.id]: issued.publicKey.publicKeyPem }
}

async function control(stage: Stage, verb: string, body?: object, method = 'POST'): Promise<unknown> {
  const url = `${stage.simulator.httpUrl}/_simulator/${verb}`
  const response = await fetch(url, body === undefined ? {} : { method, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response.json()
}

/** A call whose name the library makes from a path. */
function at(wxpay: Resource, path: string): Verbs {
  const steps = path.split('/').map((step) => step.replace(/^\{(.*)\}$/, '_$1_'))
  const found = steps.reduce<unknown>((resource, step) => (resource as Resource)[step], wxpay)
  return found as Verbs
}

async function lifeOfV3({ stage, merchant, wxpay, here }: Town): Promise<void> {
  const { mchid } = merchant
  const order = (out_trade_no: string): object => ({
    appid: stage.appid,
    mchid,
    description: '明前龙井',
    out_trade_no,
    time_expire: new Date(Date.now() + 600_000).toISOString(),
    attach: 'table 4',
    notify_url: stage.notifyUrl,
    goods_tag: 'spring',
    support_fapiao: false,
    limit_pay: ['no_credit'],
    amount: { total: 12800, currency: 'CNY' },
    payer: { openid: stage.openid },
    detail: {
      cost_price: 12800,
      goods_detail: [{ merchant_goods_id: 'tea', quantity: 1, unit_price: 12800 }],
    },
    scene_info: { payer_client_ip: '127.0.0.1', device_id: 'POS1' },
    settle_info: { profit_sharing: false },
  })
  const transactions = 'v3/pay/transactions'
  const query = { ...here, params: { mchid }, out_trade_no: 'OPENAPI001' }
  await at(wxpay, `${transactions}/jsapi`).post(order('OPENAPI001'), here)
  await at(wxpay, `${transactions}/out-trade-no/{out_trade_no}`).get(query)
  await stage.pay('OPENAPI001')
  const { data } = await at(wxpay, `${transactions}/out-trade-no/{out_trade_no}`).get(query)
  const { transaction_id } = data as { transaction_id: string }
  await at(wxpay, `${transactions}/id/{transaction_id}`).get({ ...here, params: { mchid }, transaction_id })
  await at(wxpay, `${transactions}/jsapi`).post(order('OPENAPI002'), here)
  await at(wxpay, `${transactions}/out-trade-no/{out_trade_no}/close`).post(
    { mchid },
    { ...here, out_trade_no: 'OPENAPI002' },
  )
  await refundsOfV3({ stage, merchant, wxpay, here })
  await combinationOfV3({ stage, merchant, wxpay, here })
  await at(wxpay, 'v3/certificates').get(here)
  await control(stage, 'clock', { advanceSeconds: 48 * 3600 })
  await billsOfV3(wxpay, here)
}

type V3Town = Pick<Town, 'stage' | 'merchant' | 'wxpay' | 'here'>

async function refundsOfV3({ stage, wxpay, here }: V3Town): Promise<void> {
  const refunds = 'v3/refund/domestic/refunds'
  const refund = (out_refund_no: string): object => ({
    out_trade_no: 'OPENAPI001',
    out_refund_no,
    reason: '退货',
    notify_url: stage.notifyUrl,
    amount: { refund: 800, total: 12800, currency: 'CNY' },
  })
  await at(wxpay, refunds).post(refund('OPENAPI-R1'), here)
  await control(stage, 'clock', { advanceSeconds: 10 })
  await at(wxpay, `${refunds}/{out_refund_no}`).get({ ...here, out_refund_no: 'OPENAPI-R1' })
  await control(stage, 'faults', { kind: 'refund-abnormal' })
  const { data } = await at(wxpay, refunds).post(refund('OPENAPI-R2'), here)
  await control(stage, 'clock', { advanceSeconds: 10 })
  await at(wxpay, `${refunds}/{refund_id}/apply-abnormal-refund`).post(
    { out_refund_no: 'OPENAPI-R2', type: 'MERCHANT_BANK_CARD' },
    { ...here, ...(data as { refund_id: string }) },
  )
}

async function combinationOfV3({ stage, merchant, wxpay, here }: V3Town): Promise<void> {
  const part = (mchid: string, out_trade_no: string): object => ({
    mchid,
    attach: 'basket',
    amount: { total_amount: 100, currency: 'CNY' },
    out_trade_no,
    description: '明前龙井',
  })
  const combination = (number: string): object => ({
    combine_appid: stage.appid,
    combine_mchid: merchant.mchid,
    combine_out_trade_no: number,
    scene_info: { payer_client_ip: '127.0.0.1', device_id: 'POS1' },
    sub_orders: [part(merchant.mchid, `${number}-1`), part(OTHER_MCHID, `${number}-2`)],
    combine_payer_info: { openid: stage.openid },
    notify_url: stage.notifyUrl,
  })
  const combinations = 'v3/combine-transactions'
  const byNumber = `${combinations}/out-trade-no/{combine_out_trade_no}`
  await at(wxpay, `${combinations}/jsapi`).post(combination('OPENAPI-C1'), here)
  await stage.pay('OPENAPI-C1')
  await at(wxpay, byNumber).get({ ...here, combine_out_trade_no: 'OPENAPI-C1' })
  await at(wxpay, `${combinations}/jsapi`).post(combination('OPENAPI-C2'), here)
  const sub_orders = [
    { mchid: merchant.mchid, out_trade_no: 'OPENAPI-C2-1' },
    { mchid: OTHER_MCHID, out_trade_no: 'OPENAPI-C2-2' },
  ]
  await at(wxpay, `${byNumber}/close`).post(
    { combine_appid: stage.appid, sub_orders },
    { ...here, combine_out_trade_no: 'OPENAPI-C2' },
  )
}

async function billsOfV3(wxpay: Resource, here: { baseURL: string }): Promise<void> {
  const bill_date = beijingDate()
  const { data } = await at(wxpay, 'v3/bill/tradebill').get({
    ...here,
    params: { bill_date, bill_type: 'ALL' },
  })
  const { searchParams } = new URL((data as { download_url: string }).download_url)
  const params = Object.fromEntries(searchParams)
  const file = await at(wxpay, 'v3/billdownload/file').get({ ...here, params, responseType: 'text' })
  expect(String(file.data)).toContain('`OPENAPI001')
  await at(wxpay, 'v3/bill/fundflowbill').get({
    ...here,
    params: { bill_date, account_type: 'BASIC', tar_type: 'GZIP' },
  })
}

/** Of the real day, on which this life began. */
function beijingDate(): string {
  return new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10)
}

async function lifeOfV2({ stage, merchant, wxpay, here, secure }: Town): Promise<void> {
  const common = { appid: stage.appid, mch_id: merchant.mchid }
  const order = (out_trade_no: string): object => ({
    ...common,
    body: '明前龙井',
    out_trade_no,
    total_fee: 8800,
    spbill_create_ip: '127.0.0.1',
    notify_url: stage.notifyUrl,
    trade_type: 'JSAPI',
    openid: stage.openid,
  })
  await at(wxpay, 'v2/pay/unifiedorder').post(order('OPENAPI101'), here)
  await at(wxpay, 'v2/pay/orderquery').post({ ...common, out_trade_no: 'OPENAPI101' }, here)
  await stage.pay('OPENAPI101')
  await at(wxpay, 'v2/pay/orderquery').post({ ...common, out_trade_no: 'OPENAPI101' }, here)
  await at(wxpay, 'v2/pay/unifiedorder').post(order('OPENAPI102'), here)
  await at(wxpay, 'v2/pay/closeorder').post({ ...common, out_trade_no: 'OPENAPI102' }, here)
  const refund = {
    ...common,
    out_trade_no: 'OPENAPI101',
    out_refund_no: 'OPENAPI101R',
    total_fee: 8800,
    refund_fee: 800,
  }
  await at(wxpay, 'v2/secapi/pay/refund').post(refund, secure)
  await at(wxpay, 'v2/pay/refundquery').post({ ...common, out_trade_no: 'OPENAPI101' }, here)
  const bill = { ...common, bill_date: beijingDate().replaceAll('-', ''), bill_type: 'ALL' }
  await at(wxpay, 'v2/pay/downloadbill').post(bill, here)
  await at(wxpay, 'v2/pay/downloadfundflow').post(
    { ...common, bill_date: bill.bill_date, account_type: 'Basic', sign_type: 'HMAC-SHA256' },
    secure,
  )
}

/** What the data is silent about, or describes as a failure only: these calls' replies are files. */
const FILES = ['POST /pay/downloadbill', 'POST /pay/downloadfundflow', 'GET /v3/billdownload/file']

const exchangesOf = ({ method, path }: Operation): Exchange[] =>
  exchanges.filter(({ request }) => request?.method === method && path.test(new URL(request.url).pathname))

/** Not in the life of an order that is paid through JSAPI. */
const APART = ['POST /secapi/pay/reverse', 'GET /v3/combine-transactions/id/{combine_transaction_id}']

describe.each(operations.filter(({ name }) => !APART.includes(name)))('$name', (operation) => {
  test('is part of the life, and accepted', () => {
    const all = exchangesOf(operation)
    expect(all.length).toBeGreaterThan(0)
    expect(all.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  })

  test('requests keep to the data', () => {
    for (const { request } of exchangesOf(operation)) {
      const { searchParams } = new URL(request?.url ?? '')
      expect(operation.problems('query', Object.fromEntries(searchParams))).toEqual([])
      if (operation.method === 'POST')
        expect(operation.problems('request', said(request?.body ?? ''))).toEqual([])
    }
  })

  test('replies keep to the data', () => {
    for (const { response } of FILES.includes(operation.name) ? [] : exchangesOf(operation))
      if (response?.body !== '') expect(operation.problems('reply', said(response?.body ?? ''))).toEqual([])
  })
})

function said(body: string): unknown {
  return body.startsWith('<') ? Transformer.toObject(body) : JSON.parse(body)
}

test('what is left out of a request or a reply is found', () => {
  const prepay = operations.find(({ name }) => name === 'POST /v3/pay/transactions/jsapi')
  const missing = (side: Side): string[] | undefined => prepay?.problems(side, {})
  expect(missing('request')).toContain(" must have required property 'payer'")
  expect(missing('reply')).toEqual([" must have required property 'prepay_id'"])
})

test('notifications of v3 keep to the data, verify and open with the library', () => {
  const { merchant } = town
  const told = exchanges.filter(({ from, request }) => from === 'wechat' && request?.body.startsWith('{'))
  const events = told.map(({ request }) => {
    const { headers = {}, body = '' } = request ?? {}
    const envelope = JSON.parse(body) as { event_type: string; resource: Record<string, string> }
    expect(envelopeProblems(envelope)).toEqual([])
    const message = Formatter.response(header(headers, 'timestamp'), header(headers, 'nonce'), body)
    const key = wechatKeys(merchant)[header(headers, 'serial')] ?? ''
    expect(Rsa.verify(message, header(headers, 'signature'), key)).toBe(true)
    const { ciphertext = '', nonce = '', associated_data = '' } = envelope.resource
    JSON.parse(Aes.AesGcm.decrypt(ciphertext, merchant.apiV3Key, nonce, associated_data))
    return envelope.event_type
  })
  expect(new Set(events)).toEqual(new Set(['TRANSACTION.SUCCESS', 'REFUND.SUCCESS', 'REFUND.ABNORMAL']))
})

function header(headers: Record<string, string>, name: string): string {
  return headers[`wechatpay-${name}`] ?? ''
}
