import { library } from '../../scripts/library.ts'

export default library({
  bills: 'src/bills/index.ts',
  index: 'src/index.ts',
  cache: 'src/cache/index.ts',
  node: 'src/node/index.ts',
  'pay-v2': 'src/pay-v2/index.ts',
  'pay-v3': 'src/pay-v3/index.ts',
})
