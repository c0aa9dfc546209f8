/** The page's side of a WeChat H5 payment. */
export { type Confirmation, type ConfirmOptions, confirm, resume, wasPaying } from './confirmation.ts'
export { type Environment, environment, readUserAgent, urlToSign } from './environment.ts'
export { type PayOptions, type PayResult, type PrepareOptions, pay, prepare } from './pay.ts'
