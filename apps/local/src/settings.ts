import { type Environment, portVariables } from './environment.ts';
import { SettingError } from './errors.ts';
import type { ExternalChatServer, ExternalServices, ServicePorts } from './services.ts';

/** What the environment of `npm run up` may choose. */
export interface LocalSettings {
  readonly external: ExternalServices;
  readonly domain: string;
  readonly servicePorts: ServicePorts;
  readonly webappPort: number;
  readonly webappHost: string;
  readonly registryPort: number;
  readonly callbackSinkPort: number;
  readonly extra: Environment;
}

type PortName = keyof typeof portVariables;

const defaultPorts: Readonly<Record<PortName, number>> = {
  webapp: 9090,
  registry: 9091,
  callbackSink: 9092,
  postgres: 15432,
  redis: 16379,
  xmpp: 5222,
  xmppDirectTls: 5223,
  ejabberdHttp: 5280,
};
const maxPort = 65_535;
const defaultDomain = 'chat.localhost';

const portOf = (env: NodeJS.ProcessEnv, name: PortName): number => {
  const text = env[portVariables[name]];
  if (text === undefined || text === '') return defaultPorts[name];
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > maxPort) throw new SettingError(`${portVariables[name]} must be a port number, 1 to ${maxPort}`);
  return port;
};

const routePattern = /^(\[[^\]]+\]|[^:]+):(\d+):(starttls|direct-tls)$/;

const externalChat = (env: NodeJS.ProcessEnv): ExternalChatServer | undefined => {
  const routes = env['MULTICONNECT_XMPP_ROUTES'];
  const ejabberdApiUrl = env['MULTICONNECT_EJABBERD_API_URL'];
  const domain = env['MULTICONNECT_XMPP_DOMAIN'];
  if (routes === undefined && ejabberdApiUrl === undefined) return undefined;
  if (routes === undefined || ejabberdApiUrl === undefined || domain === undefined) {
    throw new SettingError('a chat server of your own needs MULTICONNECT_XMPP_DOMAIN, MULTICONNECT_XMPP_ROUTES and MULTICONNECT_EJABBERD_API_URL');
  }
  const parsed = routes.split(',').map((route) => routePattern.exec(route.trim()));
  const starttls = parsed.find((match) => match?.[3] === 'starttls');
  const directTls = parsed.find((match) => match?.[3] === 'direct-tls');
  const host = starttls?.[1];
  if (host === undefined) throw new SettingError('MULTICONNECT_XMPP_ROUTES must name a route like host:5222:starttls');
  return {
    xmpp: {
      domain,
      host,
      port: Number(starttls?.[2]),
      directTlsPort: directTls == null ? undefined : Number(directTls[2]),
      caFile: env['MULTICONNECT_XMPP_CA_FILE'],
    },
    ejabberdApiUrl: ejabberdApiUrl.replace(/\/+$/, ''),
  };
};

/** @throws SettingError */
export const readSettings = (env: NodeJS.ProcessEnv): LocalSettings => ({
  external: {
    postgresUrl: env['MULTICONNECT_POSTGRES_URL'],
    redisUrl: env['MULTICONNECT_REDIS_URL'],
    ejabberd: externalChat(env),
  },
  domain: env['MULTICONNECT_XMPP_DOMAIN'] ?? defaultDomain,
  servicePorts: {
    postgres: portOf(env, 'postgres'),
    redis: portOf(env, 'redis'),
    ejabberd: {
      starttls: portOf(env, 'xmpp'),
      directTls: portOf(env, 'xmppDirectTls'),
      http: portOf(env, 'ejabberdHttp'),
    },
  },
  webappPort: portOf(env, 'webapp'),
  webappHost: env['MULTICONNECT_HTTP_HOST'] ?? '127.0.0.1',
  registryPort: portOf(env, 'registry'),
  callbackSinkPort: portOf(env, 'callbackSink'),
  extra: env['MULTICONNECT_HTTP_HOST'] === undefined ? {} : { MULTICONNECT_HTTP_HOST: env['MULTICONNECT_HTTP_HOST'] },
});
