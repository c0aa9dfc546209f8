/** Every well-known mistake is refused in WeChat's own words; docs/refusals.md is this table, written out. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { authorization, codes, tokens } from './accounts.fixture.ts'
import { config, sheet } from './pages.fixture.ts'
import type { Chapter } from './refusal.fixture.ts'
import { v2Front, v2Orders } from './v2-orders.fixture.ts'
import { v2Bills, v2Certificates, v2Refunds } from './v2-refunds.fixture.ts'
import { v3Front, v3Orders } from './v3-orders.fixture.ts'
import { v3Bills, v3Refunds } from './v3-refunds.fixture.ts'

const CHAPTERS: readonly Chapter[] = [
  authorization,
  codes,
  tokens,
  config,
  sheet,
  v2Front,
  v2Orders,
  v2Certificates,
  v2Refunds,
  v2Bills,
  v3Front,
  v3Orders,
  v3Refunds,
  v3Bills,
]

describe.each(CHAPTERS)('$title', ({ refusals }) => {
  test.each(refusals)('$mistake.en', async ({ commit, words }) => {
    expect(await commit()).toBe(words)
  })
})

test('the documented table is this one', async () => {
  const file = fileURLToPath(new URL('../../docs/refusals.md', import.meta.url))
  await expect(written(CHAPTERS)).toMatchFileSnapshot(file)
})

function written(chapters: readonly Chapter[]): string {
  const count = chapters.reduce((sum, { refusals }) => sum + refusals.length, 0)
  return [
    '# 拒绝 Refusals',
    '',
    `模拟器用微信自己的话拒绝的 ${count} 种常见错误。每一行都有一个测试；本页由测试数据生成：`,
    `The ${count} well-known mistakes that the simulator refuses in WeChat's own words. Each line has a test, and this page is`,
    'written from the data of those tests:',
    '',
    '```sh',
    'npx vitest run --project unit packages/simulator/src/refusals -u',
    '```',
    ...chapters.flatMap(chapterLines),
    '',
  ].join('\n')
}

function chapterLines({ title, form, refusals }: Chapter): string[] {
  return [
    '',
    `## ${title}`,
    '',
    `微信的话 WeChat's words: ${form}`,
    '',
    '| 错误 | mistake | 微信的话 WeChat says |',
    '| --- | --- | --- |',
    ...refusals.map(({ mistake, words }) => `| ${mistake.zh} | ${mistake.en} | \`${inTable(words)}\` |`),
  ]
}

function inTable(words: string): string {
  return words.trimEnd().replaceAll('|', '\\|').replaceAll('\n', '⏎')
}
