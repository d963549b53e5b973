export { ConfigInvalid, loadConfig, type ConfigOf, type ConfigSchema, type Env } from './load.ts';
export { type Field, optional, required, withDefault } from './field.ts';
export { parsePostgresUrl, postgresAt, type PostgresConnection } from './postgres.ts';
export { type CodeSender } from './code-sender.ts';
export { type RateLimit, type XmppRoute } from './values.ts';
export {
  commonConfig,
  type CommonConfig,
  nodeConfig,
  type NodeConfig,
  registryConfig,
  type RegistryConfig,
  upgradeConfig,
  type UpgradeConfig,
  webappConfig,
  type WebappConfig,
} from './schemas.ts';
