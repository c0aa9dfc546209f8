import { expect, test } from 'vitest'
import { createSchedule } from './schedule.ts'

test('work runs in the order of its moments, and within a moment as it was asked for', async () => {
  const schedule = createSchedule(() => 0)
  const ran: [string, number][] = []
  const plan = (name: string, at: number): void =>
    schedule.at(at, async () => {
      ran.push([name, schedule.now()])
    })
  plan('c', 2000)
  plan('a', 1000)
  plan('d', 2000)
  plan('b', 1000)
  await schedule.advance(1)
  expect(ran).toEqual([
    ['a', 1000],
    ['b', 1000],
  ])
  await schedule.advance(5)
  expect(ran.slice(2)).toEqual([
    ['c', 2000],
    ['d', 2000],
  ])
  expect(schedule.now()).toBe(6000)
})

test('work that plans more work within the time moved over is followed through', async () => {
  const schedule = createSchedule(() => 0)
  const at: number[] = []
  const again = async (): Promise<void> => {
    at.push(schedule.now())
    schedule.at(schedule.now() + 400, again)
  }
  schedule.at(0, again)
  await schedule.advance(1)
  expect(at).toEqual([0, 400, 800])
})

test('two who settle at once do each piece of work once', async () => {
  const schedule = createSchedule(() => 0)
  let times = 0
  schedule.at(0, async () => {
    times += 1
    await Promise.resolve()
  })
  await Promise.all([schedule.settle(), schedule.settle(), schedule.advance(1)])
  expect(times).toBe(1)
})

test('the clock outside moves the time inside', async () => {
  let outside = 0
  const schedule = createSchedule(() => outside)
  await schedule.advance(10)
  outside = 5000
  expect(schedule.now()).toBe(15_000)
})

test('work that fails is told to whoever settled, and does not stop what follows', async () => {
  const schedule = createSchedule(() => 0)
  let ran = false
  schedule.at(0, () => Promise.reject(new Error('broken')))
  schedule.at(0, async () => {
    ran = true
  })
  await expect(schedule.settle()).rejects.toThrow('broken')
  await schedule.settle()
  expect(ran).toBe(true)
})

test('who waits for time to pass does not wait for work that waits for it', async () => {
  let outside = 0
  const schedule = createSchedule(() => outside)
  const done: string[] = []
  let slow: Promise<void> | undefined
  schedule.at(0, async () => {
    slow = schedule.passed(1)
    await slow
    done.push('delivered')
  })
  const settled = schedule.settle()
  while (slow === undefined) await Promise.resolve()
  outside = 1000
  // What is due later is done once, whoever asks for it meanwhile.
  schedule.at(1000, async () => void done.push('later'))
  const [second, third] = [schedule.settle(), schedule.settle()]
  expect(second).toBe(third)
  await Promise.all([settled, second])
  expect(done).toEqual(['delivered', 'later'])
})

test('as time goes by, work of a lane holds up its own lane only', async () => {
  const schedule = createSchedule(() => 0)
  const done: string[] = []
  let release = (): void => undefined
  const hanging = new Promise<void>((resolve) => {
    release = resolve
  })
  const plan = (name: string, lane?: string, until = Promise.resolve()): void =>
    schedule.at(0, () => until.then(() => void done.push(name)), lane)
  plan('a1', 'a', hanging)
  plan('a2', 'a')
  plan('b1', 'b')
  plan('none')
  const settled = schedule.settle()
  while (done.length < 2) await Promise.resolve()
  expect(done.toSorted()).toEqual(['b1', 'none'])
  plan('later')
  const again = schedule.settle()
  while (done.length < 3) await Promise.resolve()
  expect(done.at(-1)).toBe('later')
  // Who settles waits for all that is under way, and who moves time on does not overtake it.
  schedule.at(1000, async () => void done.push('moved'))
  const moved = schedule.advance(1)
  release()
  await Promise.all([settled, again, moved])
  expect(done.slice(3)).toEqual(['a1', 'a2', 'moved'])
})

test('work that fails in a lane is told as well, and the lane goes on', async () => {
  const schedule = createSchedule(() => 0)
  let ran = false
  schedule.at(0, () => Promise.reject(new Error('broken')), 'a')
  schedule.at(
    0,
    async () => {
      ran = true
    },
    'a',
  )
  await expect(schedule.settle()).rejects.toThrow('broken')
  await schedule.settle()
  expect(ran).toBe(true)
})

test('who moves time on waits for each piece, whatever its lane', async () => {
  const schedule = createSchedule(() => 0)
  const at: number[] = []
  const look = async (): Promise<void> => {
    await Promise.resolve()
    at.push(schedule.now())
  }
  schedule.at(1000, look, 'a')
  schedule.at(2000, look, 'b')
  await schedule.advance(5)
  expect(at).toEqual([1000, 2000])
})
