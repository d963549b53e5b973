export { type Fleet, fleetNumbers, openFleet, type FleetOptions } from './fleet.ts';
export type { PhoneFile } from './uploads.ts';
export { fileStorage, UnreadableRecord } from './file-storage.ts';
export {
  localDirectory,
  parseRoutes,
  phoneFile,
  readRunningCluster,
  routesOf,
  type RunningCluster,
  SetupError,
} from './network.ts';
export * from './options.ts';
export { openPhone } from './phone.ts';
export type { PhoneAccount, PhoneRecord } from './record.ts';
export {
  type FleetSignUpOptions,
  signUpPhone,
  type SignUpOptions,
  signUpPhones,
  SignUpFailed,
} from './sign-up.ts';
export { memoryStorage, type PhoneStorage } from './storage.ts';
export type { Route } from '@multiconnect/xmpp';
