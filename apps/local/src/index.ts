export * from './errors.ts';
export { freePort } from './ports.ts';
export { ensurePackages, foreignPhonePackages } from './packages.ts';
export type { ServiceName } from './service.ts';
export type { EjabberdPorts } from './ejabberd-config.ts';
export {
  defaultDomain,
  type ExternalChatServer,
  type ExternalServices,
  type ServicePorts,
  type Services,
  type ServicesOptions,
  startServices,
  type XmppAddress,
} from './services.ts';
