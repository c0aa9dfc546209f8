/** The one tsdown configuration of every library: ESM and CommonJS with types, page scripts inlined. */
import { defineConfig, type UserConfig } from 'tsdown'
import { pageScript } from './page-script.ts'

export function library(entry: Record<string, string>): UserConfig {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    dts: { oxc: true },
    target: 'node20.19',
    fixedExtension: true,
    plugins: [pageScript()],
    // Page scripts come from sibling packages' sources, which need no build of their own first.
    inputOptions: { resolve: { conditionNames: ['@shouyin/source', 'node', 'import', 'default'] } },
    // Else the bundler's own helper becomes an export of the CommonJS file that needs it.
    outputOptions: { codeSplitting: { groups: [{ name: 'interop', test: /rolldown\/runtime/ }] } },
    logLevel: 'warn',
  }) as UserConfig
}
