import { defineConfig, type UserConfig } from 'tsdown'

/** The server. The page beside it in `dist` is Vite's, so only what this build makes is cleaned away. */
const config: UserConfig = defineConfig({
  entry: 'src/main.ts',
  target: 'node20.19',
  dts: false,
  fixedExtension: true,
  clean: ['dist/*.mjs'],
  logLevel: 'warn',
}) as UserConfig
export default config
