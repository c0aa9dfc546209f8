import { library } from '../../scripts/library.ts'

export default { ...library({ index: 'src/index.ts', 'pay-page': 'src/pay-page.ts' }), target: 'es2020' }
