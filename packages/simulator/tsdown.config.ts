import type { UserConfig } from 'tsdown'
import { library } from '../../scripts/library.ts'

/** The library in both module formats, the command in one; the phone beside them in `dist` is Vite's and stays. */
const configs: UserConfig[] = [
  { ...library({ index: 'src/index.ts' }), clean: ['dist/*.*'] },
  { ...library({ cli: 'src/cli.ts' }), format: ['esm'], dts: false, clean: false },
]
export default configs
