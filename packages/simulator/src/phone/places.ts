/** Where on the telephone a person can be, and what the list of conversations (会话列表) holds. */
import type { Account, PaymentNotice, Person, PhoneState } from './simulator-api.ts'

export type Place =
  | { screen: 'chats' | 'accounts' | 'me' | 'folder' | 'payments' }
  | { screen: 'account' | 'profile'; appid: string }
  /** A conversation with another person of this world, or with 阿岚, who knows every shop. */
  | { screen: 'friend'; friendId: string }

/** A link that somebody sent to somebody, by 转发给朋友. */
export interface SharedLink {
  fromId: string
  toId: string
  title: string
  description: string
  url: string
}

/** One line of the list. */
export interface Chat {
  key: string
  name: string
  /** Degrees of the picture's colour. */
  hue: number
  preview: string
  place: Place
}

/** Not a user of this world: somebody must have sent the first link to who follows nothing. */
export const TEA_FRIEND = { id: '@alan', nickname: '茶友阿岚' } as const

/** The first account's conversation for a follower, else the friend's who sent its link. */
export function firstPlace({ accounts }: PhoneState, person: Person | undefined): Place {
  const [account] = accounts
  if (account === undefined || person === undefined) return { screen: 'chats' }
  return person.follows.includes(account.appid)
    ? { screen: 'account', appid: account.appid }
    : { screen: 'friend', friendId: TEA_FRIEND.id }
}

export function chatsOf(world: PhoneState, person: Person, links: readonly SharedLink[]): Chat[] {
  const followed = world.accounts.filter(({ appid }) => person.follows.includes(appid))
  const notices = world.notices.filter(({ userId }) => userId === person.id)
  return [
    ...paymentChat(notices.at(-1)),
    ...followed.filter(({ kind }) => kind === 'service').map(accountChat),
    ...folderChat(followed.filter(({ kind }) => kind === 'subscription')),
    ...friendsOf(world, person).flatMap((friend) => friendChat(friend, person, links)),
    ...teaFriendChat(world.accounts.length > followed.length),
  ]
}

/** Everybody else of this world: those to whom a link can be sent. */
export function friendsOf({ users }: PhoneState, person: Person): Person[] {
  return users.filter(({ id }) => id !== person.id)
}

/** Links between two people, oldest first. */
export function linksBetween(
  links: readonly SharedLink[],
  oneId: string,
  otherId: string,
): readonly SharedLink[] {
  return links.filter(
    ({ fromId, toId }) => (fromId === oneId && toId === otherId) || (fromId === otherId && toId === oneId),
  )
}

/**
 * The address as WeChat hands it on when a link is sent to a friend. Source: 公众号文档 "JS-SDK", 附录: `from` and
 * `isappinstalled` become part of the address, in front of the fragment.
 */
export function sharedUrl(url: string): string {
  const [address = '', ...fragment] = url.split('#')
  const [path = '', ...rest] = address.split('?')
  const kept = rest
    .join('?')
    .split('&')
    .filter((field) => field !== '' && !/^(from|isappinstalled)(=|$)/.test(field))
  const query = [...kept, 'from=singlemessage', 'isappinstalled=0'].join('&')
  return `${path}?${query}${fragment.length === 0 ? '' : `#${fragment.join('#')}`}`
}

/** A colour of its own for each name, always the same. */
export function hueOf(name: string): number {
  return [...name].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 360, 152)
}

function paymentChat(newest: PaymentNotice | undefined): Chat[] {
  if (newest === undefined) return []
  const preview = newest.kind === 'payment' ? '微信支付凭证' : '退款到账通知'
  return [{ key: 'payments', name: '微信支付', hue: 145, preview, place: { screen: 'payments' } }]
}

function accountChat({ appid, name }: Account): Chat {
  const place: Place = { screen: 'account', appid }
  return { key: appid, name, hue: hueOf(name), preview: `欢迎关注${name}！`, place }
}

function folderChat(subscriptions: readonly Account[]): Chat[] {
  const [first] = subscriptions
  if (first === undefined) return []
  const preview = `${first.name}：今日上新，点开看看`
  return [{ key: 'folder', name: '订阅号消息', hue: 212, preview, place: { screen: 'folder' } }]
}

function friendChat({ id, nickname }: Person, person: Person, links: readonly SharedLink[]): Chat[] {
  const newest = linksBetween(links, person.id, id).at(-1)
  if (newest === undefined) return []
  const place: Place = { screen: 'friend', friendId: id }
  return [{ key: id, name: nickname, hue: hueOf(nickname), preview: `[链接] ${newest.title}`, place }]
}

function teaFriendChat(hasSomethingNew: boolean): Chat[] {
  if (!hasSomethingNew) return []
  const { id, nickname } = TEA_FRIEND
  const place: Place = { screen: 'friend', friendId: id }
  return [{ key: id, name: nickname, hue: 28, preview: '我在这家买过茶，挺好，你也看看', place }]
}
