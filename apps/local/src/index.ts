export type { ServiceAddresses, XmppAddress } from './addresses.ts';
export * from './errors.ts';
export { freePort } from './ports.ts';
export type { Exit } from './child.ts';
export type { ManagedProcess, Watcher } from './managed-process.ts';
export { ensurePackages, fakeClockLibrary, fakeClockPackages, foreignPhonePackages, pythonPackages, type ServiceName } from './packages.ts';
export type { EjabberdPorts } from './ejabberd-config.ts';
export {
  defaultDomain,
  type ExternalChatServer,
  type ExternalServices,
  type ServicePorts,
  type Services,
  type ServicesOptions,
  startServices,
} from './services.ts';
export {
  type Cluster,
  type ClusterOptions,
  type ClusterProcess,
  type Role,
  startCluster,
} from './cluster.ts';
export { type CallbackSink, type CallbackSinkOptions, type ReceivedCallback, startCallbackSink } from './callback-sink.ts';
export { repositoryRoot } from './repository.ts';
export { createGateway, type Gateway, type GatewayAnswer, GatewayRefused } from './gateway.ts';
export { type BusinessNumber, digitsOf, issueCertificate, loginAsAdmin, registerNumber } from './registration.ts';
