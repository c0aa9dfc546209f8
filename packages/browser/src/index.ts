/** The page's side of a WeChat H5 payment. */
export { type Environment, environment, readUserAgent, urlToSign } from './environment.ts'
export {
  confirm,
  type PayOptions,
  type PayResult,
  type PrepareOptions,
  pay,
  prepare,
  wasPaying,
} from './pay.ts'
