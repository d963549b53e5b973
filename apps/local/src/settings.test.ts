import { describe, expect, test } from 'vitest';
import { SettingError } from './errors.ts';
import { readSettings } from './settings.ts';

describe('settings', () => {
  test('are the documented ports and no external service by default', () => {
    expect(readSettings({})).toMatchObject({
      external: { postgresUrl: undefined, redisUrl: undefined, ejabberd: undefined },
      domain: 'chat.localhost',
      servicePorts: { postgres: 15432, redis: 16379, ejabberd: { starttls: 5222, directTls: 5223, http: 5280 } },
      webappPort: 9090,
      registryPort: 9091,
      callbackSinkPort: 9092,
    });
  });

  test('take a chat server of one’s own from its routes', () => {
    const { external } = readSettings({
      MULTICONNECT_XMPP_DOMAIN: 'chat.example.org',
      MULTICONNECT_XMPP_ROUTES: 'xmpp.example.org:5222:starttls, xmpp.example.org:443:direct-tls',
      MULTICONNECT_EJABBERD_API_URL: 'https://xmpp.example.org/api/',
    });
    expect(external.ejabberd).toEqual({
      xmpp: { domain: 'chat.example.org', host: 'xmpp.example.org', port: 5222, directTlsPort: 443, caFile: undefined },
      ejabberdApiUrl: 'https://xmpp.example.org/api',
    });
  });

  test.each([
    [{ MULTICONNECT_HTTP_PORT: '0' }, 'MULTICONNECT_HTTP_PORT must be a port number, 1 to 65535'],
    [{ MULTICONNECT_LOCAL_REDIS_PORT: 'x' }, 'MULTICONNECT_LOCAL_REDIS_PORT must be a port number, 1 to 65535'],
    [{ MULTICONNECT_EJABBERD_API_URL: 'http://x/api' }, 'MULTICONNECT_XMPP_DOMAIN, MULTICONNECT_XMPP_ROUTES and'],
  ])('refuse %o by name', (env, message) => {
    expect(() => readSettings(env)).toThrow(SettingError);
    expect(() => readSettings(env)).toThrow(message);
  });
});
