import { expect, test } from 'vitest'
import { chatsOf, friendsOf, linksBetween, type SharedLink, sharedUrl } from './places.ts'
import type { Account, PaymentNotice, Person, PhoneState } from './simulator-api.ts'

const account = (appid: string, kind: Account['kind']): Account => ({
  appid,
  name: `号${appid}`,
  kind,
  menu: [],
})
const person = (id: string, follows: string[]): Person => ({
  id,
  nickname: id,
  follows,
  payPassword: '123456',
  balanceFen: 0,
  methods: [],
  coupons: [],
})
const refunded: PaymentNotice = {
  kind: 'refund',
  id: '1',
  userId: '小明',
  appid: 'A',
  accountName: '',
  payee: '',
  at: '',
  refundFee: 1,
  body: '',
  receivedAccount: '',
  refundId: '1',
}
const link: SharedLink = { fromId: '小明', toId: '小红', title: '龙井', description: '', url: 'https://a/' }

const payer = person('小明', ['A', 'S', 'T'])
const world: PhoneState = {
  now: '',
  accounts: [account('A', 'service'), account('S', 'subscription'), account('T', 'subscription')],
  users: [payer, person('小红', [])],
  notices: [refunded],
}

test('service accounts stand in the list, subscription accounts in one folder, 微信支付 above all', () => {
  expect(chatsOf(world, payer, []).map(({ name }) => name)).toEqual(['微信支付', '号A', '订阅号消息'])
})

test('the list tells of the newest: a refund, a link', () => {
  const previews = chatsOf(world, payer, [link]).map(({ preview }) => preview)
  expect(previews).toContain('退款到账通知')
  expect(previews).toContain('[链接] 龙井')
})

test('who follows nothing has a friend with links, and nobody’s receipts', () => {
  const [, stranger] = world.users
  expect(stranger && chatsOf(world, stranger, []).map(({ name }) => name)).toEqual(['茶友阿岚'])
})

test('a link is in the conversation of both and of nobody else', () => {
  expect(linksBetween([link], '小红', '小明')).toEqual([link])
  expect(linksBetween([link], '小红', '阿强')).toEqual([])
})

test('nobody is a friend of their own', () => {
  expect(friendsOf(world, payer).map(({ id }) => id)).toEqual(['小红'])
})

test.each([
  ['https://a.cn', 'https://a.cn?from=singlemessage&isappinstalled=0'],
  ['https://a.cn/?id=1', 'https://a.cn/?id=1&from=singlemessage&isappinstalled=0'],
  ['https://a.cn/#/pay', 'https://a.cn/?from=singlemessage&isappinstalled=0#/pay'],
  [
    'https://a.cn/?from=timeline&isappinstalled=0&id=1#x#y',
    'https://a.cn/?id=1&from=singlemessage&isappinstalled=0#x#y',
  ],
  [
    'https://a.cn/?id=1&from=singlemessage&isappinstalled=0',
    'https://a.cn/?id=1&from=singlemessage&isappinstalled=0',
  ],
])('%s is handed on as %s', (url, expected) => {
  expect(sharedUrl(url)).toBe(expected)
})
