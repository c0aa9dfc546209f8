import { expect, test } from 'vitest'
import { createExchangeFeed, type ExchangeSource } from './exchange-feed.ts'

function source(): ExchangeSource & { say(id: number, title: string): void } {
  let listener: (event: { data: string }) => void = () => undefined
  return {
    addEventListener(_type, given) {
      listener = given
    },
    say: (id, title) => listener({ data: JSON.stringify({ id, title }) }),
  }
}

test('what is said arrives in order, and listeners hear of each', () => {
  const stream = source()
  const feed = createExchangeFeed(stream)
  const heard: string[] = []
  feed.onArrival(({ title }) => heard.push(title))
  stream.say(1, 'authorize')
  stream.say(2, 'unifiedorder')
  expect(feed.exchanges.map(({ title }) => title)).toEqual(['authorize', 'unifiedorder'])
  expect(heard).toEqual(['authorize', 'unifiedorder'])
})

test('after a reconnection, when all is told again, nothing stands there twice', () => {
  const stream = source()
  const feed = createExchangeFeed(stream)
  for (const id of [1, 2, 1, 2, 3]) stream.say(id, 'orderquery')
  expect(feed.exchanges.map(({ id }) => id)).toEqual([1, 2, 3])
})

test('after a reset, which counts anew, the old world is gone', () => {
  const stream = source()
  const feed = createExchangeFeed(stream)
  for (const id of [1, 2, 3]) stream.say(id, 'before')
  stream.say(1, 'after')
  expect(feed.exchanges).toEqual([{ id: 1, title: 'after' }])
})
