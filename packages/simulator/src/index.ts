/** A WeChat of its own, for tests in TypeScript; `shouyin-simulator` is the same as a command. */

export type { Connection } from './entry/front.ts'
export { type RunningSimulator, type ServerOptions, startSimulator } from './entry/server.ts'
export type { Exchange, Party, SignatureCheck } from './exchanges.ts'
export type { FaultKind } from './faults/fault-kinds.ts'
export type { Fault, FaultRequest } from './faults/faults.ts'
export type { NotificationTwist } from './notifications/announcement.ts'
export type { NewsEvent } from './notifications/news.ts'
export {
  type NotificationToSign,
  type SignedNotification,
  signedNotification,
} from './notifications/signed-notification.ts'
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
