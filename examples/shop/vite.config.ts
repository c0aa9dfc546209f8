import vue from '@vitejs/plugin-vue'
import { defaultClientConditions, defineConfig, type UserConfig } from 'vite'

/** The page: `index.html` and `page/` are built into `dist/page`, which the server hands out. */
const config: UserConfig = defineConfig({
  plugins: [vue()],
  resolve: { conditions: ['@shouyin/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    // WeChat's in-app browser is as old as the phone it lives on.
    target: ['es2020', 'chrome87', 'safari14'],
  },
})
export default config
