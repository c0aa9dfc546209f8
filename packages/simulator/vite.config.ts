/** Builds the phone and the inspector into `dist/phone`, which the server hands out at `/`. */
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type UserConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const config: UserConfig = defineConfig({
  // `vite build packages/simulator` names this folder as the root; a plugin has the last word.
  plugins: [vue(), { name: 'phone-root', config: () => ({ root: here('./src/phone') }) }],
  base: './',
  build: { outDir: here('./dist/phone'), emptyOutDir: true, target: 'es2022' },
})
export default config
