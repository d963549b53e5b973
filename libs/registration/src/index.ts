export { createRegistration, type Registration, type RegistrationOptions } from './registration.ts';
export {
  createRegistryClient,
  type CheckedCertificate,
  type RegisteredNumber,
  type RegistryClient,
  RegistryRefused,
  RegistryUnavailable,
} from './registry-client.ts';
export { verifiedNameExpiry } from './verified-name.ts';
