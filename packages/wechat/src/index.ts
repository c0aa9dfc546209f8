/** The protocols of a WeChat Official Account: web authorization, tokens, JSSDK. Payment is `./pay-v2` and `./pay-v3`. */
export type { TokenMode } from './access-token.ts'
export { type ErrorText, type JsonObject, parseErrorText } from './account-api.ts'
export type { Acquaintance, Arrival, Callback, KeptAuthorization } from './arrival.ts'
export { type Credential, type CredentialCache, type LeaseTerm, memoryCache } from './credential-cache.ts'
export {
  ConfigError,
  type Outcome,
  ProtocolError,
  RefusedError,
  TransportError,
  WechatError,
  type WechatErrorCode,
  type WechatErrorDetails,
} from './errors.ts'
export { type Fen, fen, fenToYuan, yuanToFen } from './fen.ts'
export { type PageToSign, pageSignature, signedUrl } from './jssdk.ts'
export {
  type AuthorizationScope,
  type AuthorizeRequest,
  isDocumentedState,
  type PersonAuthorization,
  randomState,
  type SnapshotAuthorization,
  type UserInfo,
  type VisitorToken,
  type WebAuthorization,
} from './oauth.ts'
export {
  type AccountCall,
  type CredentialKind,
  createOfficialAccount,
  type OfficialAccount,
  type OfficialAccountOptions,
  type PageConfiguration,
} from './official-account.ts'
export type { Openid, SnapshotOpenid } from './openid.ts'
export type { NextStep, Remedy } from './remedies.ts'
export { Secret } from './secret.ts'
export { createTokenHandler, type TokenHandlerOptions } from './token-handler.ts'
export type { Exchange, Fetch, OnExchange } from './transport.ts'
