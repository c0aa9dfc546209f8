/** A README in two languages says the same in both: the same programs, tables of the same length, links to each other. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const FOLDERS = ['', ...['browser', 'checkout', 'simulator', 'wechat'].map((name) => `packages/${name}/`)]

test.each(FOLDERS)('%sREADME.md and README.zh-CN.md are equals', (folder) => {
  const [english, chinese] = ['README.md', 'README.zh-CN.md'].map((name) => read(folder + name))
  expect(programs(chinese)).toEqual(programs(english))
  expect(shape(chinese)).toEqual(shape(english))
  expect(english).toContain('(README.zh-CN.md)')
  expect(chinese).toContain('(README.md)')
})

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
}

/** Without their comments, which may be translated. */
function programs(text = ''): string[] {
  return [...text.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, program = '']) =>
    program.replaceAll(/ +(#|\/\/) .*| *\/\/ .*/g, ''),
  )
}

/** Levels of headings and rows of tables, in their order. */
function shape(text = ''): string[] {
  return text
    .replaceAll(/```\w+\n[\s\S]*?```/g, '')
    .split('\n')
    .flatMap((line) => (line.startsWith('|') ? ['row'] : (/^#+/.exec(line) ?? [])))
}
