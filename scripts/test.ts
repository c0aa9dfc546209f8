/** `npm test`: builds, finds Chromium and Python, runs every test and ends with the runner's own counts on one line. */
import { spawnSync } from 'node:child_process'
import type { TestModule } from 'vitest/node'
import { startVitest } from 'vitest/node'
import { chromium } from './chromium.ts'
import { python } from './python.ts'

process.env['CHROMIUM'] = chromium()
process.env['PYTHON'] = python() ?? ''

const built = spawnSync('npm', ['run', '--silent', 'build'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (built.status !== 0) process.exit(1)

const vitest = await startVitest('test', process.argv.slice(2), { run: true, watch: false })
const counts = count(vitest.state.getTestModules())
const broken = vitest.state.getUnhandledErrors().length
await vitest.close()

const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
process.stdout.write(`\n${counts.passed} passed, ${counts.failed + broken} failed${skipped}\n`)
process.exitCode = counts.failed + broken > 0 || counts.passed === 0 ? 1 : 0

function count(modules: TestModule[]): { passed: number; failed: number; skipped: number } {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const module of modules) {
    // A file that could not be loaded has no tests to count, and is a failure all the same.
    if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) total.failed += 1
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed' || state === 'failed' || state === 'skipped') total[state] += 1
    }
  }
  return total
}
