import type { ExternalServices, Services } from '../services.ts';

/** What the variables name is used as it is; the rest is started. All of the chat server's must be given together. */
export const externalServices = (env: NodeJS.ProcessEnv): ExternalServices => {
  const { TEST_XMPP_HOST: host, TEST_XMPP_PORT: port, TEST_EJABBERD_API_URL: ejabberdApiUrl } = env;
  const external = { postgresUrl: env['TEST_POSTGRES_URL'], redisUrl: env['TEST_REDIS_URL'] };
  if (host === undefined || port === undefined || ejabberdApiUrl === undefined) return external;
  const xmpp = {
    domain: env['TEST_XMPP_DOMAIN'] ?? host,
    host,
    port: Number(port),
    directTlsPort: env['TEST_XMPP_TLS_PORT'] === undefined ? undefined : Number(env['TEST_XMPP_TLS_PORT']),
    caFile: env['TEST_XMPP_CA_FILE'],
  };
  return { ...external, ejabberd: { xmpp, ejabberdApiUrl } };
};

/** Test processes are forked later and inherit these. */
export const publish = (services: Services, env: NodeJS.ProcessEnv): void => {
  const { xmpp } = services;
  Object.assign(env, {
    TEST_POSTGRES_URL: services.postgresUrl,
    TEST_REDIS_URL: services.redisUrl,
    TEST_XMPP_DOMAIN: xmpp.domain,
    TEST_XMPP_HOST: xmpp.host,
    TEST_XMPP_PORT: String(xmpp.port),
    ...(xmpp.directTlsPort === undefined ? {} : { TEST_XMPP_TLS_PORT: String(xmpp.directTlsPort) }),
    ...(xmpp.caFile === undefined ? {} : { TEST_XMPP_CA_FILE: xmpp.caFile }),
    TEST_EJABBERD_API_URL: services.ejabberdApiUrl,
    TEST_SERVICES_DIR: services.dir,
  });
};
