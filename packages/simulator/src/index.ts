/** A WeChat of its own, for tests in TypeScript; `shouyin-simulator` is the same as a command. */

export type { NotificationTwist } from './announcement.ts'
export type { Exchange, Party, SignatureCheck } from './exchanges.ts'
export type { FaultKind } from './fault-kinds.ts'
export type { Fault, FaultRequest } from './faults.ts'
export type { Connection } from './front.ts'
export type { NewsEvent } from './news.ts'
export { type RunningSimulator, type ServerOptions, startSimulator } from './server.ts'
export {
  type NotificationToSign,
  type SignedNotification,
  signedNotification,
} from './signed-notification.ts'
export { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
export {
  type DefaultWorldOptions,
  defaultWorld,
  type Merchant,
  type OfficialAccount,
  parseWorld,
  type User,
  type World,
} from './world.ts'
