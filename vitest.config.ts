import { defineConfig } from 'vitest/config'
import { pageScript } from './scripts/page-script.ts'

const conditions = ['@shouyin/source', 'node', 'module', 'default']
const shared = {
  plugins: [pageScript()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
}

/** One project per kind of test; `browser` alone needs Chromium and a build. */
export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.{ts,tsx}',
            'examples/*/src/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
        },
      },
      { ...shared, test: { name: 'arrows', include: ['tests/arrows.test.ts'] } },
      {
        ...shared,
        test: {
          name: 'flows',
          include: ['tests/{flows,page,readme,witnesses,tokens,openapi}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/browser/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
