import { library } from '../../scripts/library.ts'

export default library({ index: 'src/index.ts', contract: 'src/http/contract.ts', node: 'src/node.ts' })
