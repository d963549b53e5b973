import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigInvalid, type ConfigSchema, type Env, loadConfig, nodeConfig, parsePostgresUrl, registryConfig, webappConfig } from './index.ts';

const sealKey = Buffer.alloc(32, 7).toString('base64');
const common = {
  MULTICONNECT_POSTGRES_URL: 'postgres://multi:connect@db:5433/main',
  MULTICONNECT_REDIS_URL: 'redis://localhost:6379',
  MULTICONNECT_SEAL_KEY: sealKey,
  MULTICONNECT_CLUSTER_SECRET: 'a secret of the cluster',
};
const node = { ...common, MULTICONNECT_REGISTRY_URL: 'http://localhost:8080/' };

function problemsOf(schema: ConfigSchema, env: Env): readonly string[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems;
    throw error;
  }
  return [];
}

function fileWith(content: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'value');
  writeFileSync(file, content);
  return file;
}

describe('a configuration', () => {
  it('has the documented defaults', () => {
    expect(loadConfig(nodeConfig, { ...node, MULTICONNECT_NODE_NAME: 'master1' })).toEqual({
      nodeName: 'master1',
      logDir: undefined,
      dataDir: join(process.cwd(), 'data'),
      minFreeDiskMb: 10,
      logLevel: 'info',
      metricsHost: '127.0.0.1',
      metricsPort: 0,
      postgres: { host: 'db', port: 5433, user: 'multi', password: 'connect', database: 'main' },
      storeConnections: undefined,
      redisUrl: 'redis://localhost:6379',
      redisPrefix: 'multiconnect',
      sealKey: Buffer.alloc(32, 7),
      clusterSecret: 'a secret of the cluster',
      mediaDir: join(process.cwd(), 'media'),
      rpcHost: '127.0.0.1',
      rpcPort: 0,
      rpcAdvertisedHost: undefined,
      registryUrl: 'http://localhost:8080',
      xmppRoutes: [],
      xmppCa: undefined,
      privateDestinations: { networks: [], hosts: [] },
      trustedOrigins: [],
    });
  });

  it('has the documented rate limits, and takes others [rates.messages] [rates.others]', () => {
    const limitsOf = (env: Record<string, string>) => {
      const { messagesRateLimit, othersRateLimit } = loadConfig(webappConfig, { ...node, MULTICONNECT_JWT_KEY: 'j'.repeat(64), ...env });
      return [messagesRateLimit, othersRateLimit];
    };
    expect(limitsOf({})).toEqual([{ perSecond: 50, burst: 150 }, { perSecond: 20, burst: 60 }]);
    expect(limitsOf({ MULTICONNECT_RATE_LIMIT_MESSAGES: '100/300' })[0]).toEqual({ perSecond: 100, burst: 300 });
  });

  it('names every problem at once, a line each', () => {
    const problems = problemsOf(nodeConfig, {
      MULTICONNECT_REDIS_URL: 'http://localhost',
      MULTICONNECT_SEAL_KEY: 'short',
      MULTICONNECT_CLUSTER_SECRET: '',
      MULTICONNECT_RPC_PORT: '70000',
      MULTICONNECT_REGISTRY_URL: 'localhost',
      MULTICONNECT_XMPP_ROUTES: 'localhost:5222',
      MULTICONNECT_LOG_LEVEL: 'loud',
    });
    expect(problems.map((line) => line.split(':')[0])).toEqual([
      'MULTICONNECT_LOG_LEVEL',
      'MULTICONNECT_POSTGRES_URL',
      'MULTICONNECT_REDIS_URL',
      'MULTICONNECT_SEAL_KEY',
      'MULTICONNECT_CLUSTER_SECRET',
      'MULTICONNECT_RPC_PORT',
      'MULTICONNECT_REGISTRY_URL',
      'MULTICONNECT_XMPP_ROUTES',
    ]);
    expect(problems.every((line) => !line.includes('\n'))).toBe(true);
  });

  it('never repeats a value in a problem', () => {
    const canary = 'cAnArY';
    const bad = Object.fromEntries(
      ['POSTGRES_URL', 'REDIS_URL', 'SEAL_KEY', 'CLUSTER_SECRET', 'LOG_LEVEL', 'METRICS_PORT', 'JWT_KEY', 'API_KEY', 'HTTP_PORT', 'REGISTRY_URL'].map(
        (name) => [`MULTICONNECT_${name}`, canary],
      ),
    );
    const problems = problemsOf(webappConfig, bad);
    expect(problems).toHaveLength(10);
    expect(problems.join()).not.toContain(canary);
  });

  it('reads a secret from the file that its _FILE variable names', () => {
    const { MULTICONNECT_SEAL_KEY: _, ...others } = node;
    const config = loadConfig(nodeConfig, { ...others, MULTICONNECT_SEAL_KEY_FILE: fileWith(`${sealKey}\n`), MULTICONNECT_XMPP_CA_FILE: fileWith('-----BEGIN') });
    expect(config.sealKey).toEqual(Buffer.alloc(32, 7));
    expect(config.xmppCa).toBe('-----BEGIN');
  });

  it('refuses a variable that is given twice, and a file that cannot be read', () => {
    expect(problemsOf(nodeConfig, { ...node, MULTICONNECT_SEAL_KEY_FILE: fileWith(sealKey) })).toEqual([
      'MULTICONNECT_SEAL_KEY: set it or MULTICONNECT_SEAL_KEY_FILE, not both',
    ]);
    const { MULTICONNECT_CLUSTER_SECRET: _, ...others } = node;
    expect(problemsOf(nodeConfig, { ...others, MULTICONNECT_CLUSTER_SECRET_FILE: '/nowhere/secret' })).toEqual([
      'MULTICONNECT_CLUSTER_SECRET_FILE: cannot be read (ENOENT)',
    ]);
  });

  it('reads the routes to the chat network', () => {
    const routes = '127.0.0.1:5222:starttls, [::1]:443:direct-tls';
    expect(loadConfig(nodeConfig, { ...node, MULTICONNECT_XMPP_ROUTES: routes }).xmppRoutes).toEqual([
      { host: '127.0.0.1', port: 5222, security: 'starttls' },
      { host: '::1', port: 443, security: 'direct-tls' },
    ]);
  });

  it('reads where webhooks and links may lead', () => {
    const fetching = { MULTICONNECT_ALLOW_PRIVATE_ADDRESSES: 'backend.internal', MULTICONNECT_TRUSTED_ORIGINS: 'http://127.0.0.1:5280, https://files.example' };
    expect(loadConfig(nodeConfig, { ...node, ...fetching })).toMatchObject({
      privateDestinations: { networks: [], hosts: ['backend.internal'] },
      trustedOrigins: ['http://127.0.0.1:5280', 'https://files.example'],
    });
    const wrong = { MULTICONNECT_ALLOW_PRIVATE_ADDRESSES: 'yes, please!', MULTICONNECT_TRUSTED_ORIGINS: 'http://127.0.0.1:5280/upload' };
    expect(problemsOf(nodeConfig, { ...node, ...wrong })).toEqual([
      'MULTICONNECT_ALLOW_PRIVATE_ADDRESSES: must be true, false, or networks, addresses and host names, comma-separated',
      'MULTICONNECT_TRUSTED_ORIGINS: must be http://host:port or https://host:port, comma-separated',
    ]);
  });

  it('wants of a code sender what its kind needs', () => {
    const registry = {
      MULTICONNECT_REGISTRY_PORT: '8080',
      MULTICONNECT_REGISTRY_POSTGRES_URL: 'postgres://r:r@db/registry',
      MULTICONNECT_EJABBERD_API_URL: 'http://localhost:5280/api',
      MULTICONNECT_XMPP_DOMAIN: 'chat.test',
      MULTICONNECT_REGISTRY_OPERATOR_TOKEN: 'an operator of the network',
    };
    expect(problemsOf(registryConfig, registry)).toEqual(['MULTICONNECT_CODE_LOG_FILE: is required']);
    expect(problemsOf(registryConfig, { ...registry, MULTICONNECT_CODE_SENDER: 'http' })).toEqual(['MULTICONNECT_CODE_HTTP_URL: is required']);
    expect(loadConfig(registryConfig, { ...registry, MULTICONNECT_CODE_LOG_FILE: '/tmp/codes' }).codeSender).toEqual({ kind: 'log', file: '/tmp/codes' });
  });
});

describe('connections to the database', () => {
  it('are as many as the variable says, within limits', () => {
    const connectionsOf = (value: string) => loadConfig(nodeConfig, { ...node, MULTICONNECT_POSTGRES_CONNECTIONS: value }).storeConnections;
    expect([connectionsOf('2'), connectionsOf('50')]).toEqual([2, 50]);
    for (const value of ['1', '51', '0', '-3', 'many', '1000']) {
      expect(problemsOf(nodeConfig, { ...node, MULTICONNECT_POSTGRES_CONNECTIONS: value })).toEqual([
        'MULTICONNECT_POSTGRES_CONNECTIONS: must be a number of connections, 2 to 50',
      ]);
    }
  });
});

describe('a database', () => {
  const parts = { MULTICONNECT_POSTGRES_HOST: 'db', MULTICONNECT_POSTGRES_USER: 'multi', MULTICONNECT_POSTGRES_DATABASE: 'main' };
  const { MULTICONNECT_POSTGRES_URL: _, ...withoutUrl } = node;

  it('takes a password of any characters, as its own variable and encoded in the URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        const config = loadConfig(nodeConfig, { ...withoutUrl, ...parts, MULTICONNECT_POSTGRES_PASSWORD: password });
        expect(config.postgres).toEqual({ host: 'db', port: 5432, user: 'multi', password, database: 'main' });
        expect(parsePostgresUrl(`postgres://multi:${encodeURIComponent(password)}@db/main`)?.password).toBe(password);
      }),
    );
  });

  it('takes a password raw in the URL where nothing in it reads as an encoding', () => {
    const raw = fc.string({ unit: fc.constantFrom(...Array.from(String.raw`ab?{}&~!()^=@:/\#[]$ "'%`)) }).filter((text) => !/%[0-9a-f]{2}/i.test(text));
    fc.assert(
      fc.property(raw, (password) => {
        expect(parsePostgresUrl(`postgresql://multi:${password}@db:1/main`)).toEqual({ host: 'db', port: 1, user: 'multi', password, database: 'main' });
      }),
    );
  });

  it('may listen on a Unix socket or an IPv6 address', () => {
    expect(parsePostgresUrl('postgres://multi@%2Fvar%2Frun/main')).toEqual({ host: '/var/run', port: 5432, user: 'multi', password: '', database: 'main' });
    expect(parsePostgresUrl('postgres://multi:x@[::1]:5/main')?.host).toBe('::1');
  });

  it('is refused when half given, given twice or not a URL', () => {
    expect(problemsOf(nodeConfig, { ...withoutUrl, MULTICONNECT_POSTGRES_HOST: 'db' })).toHaveLength(2);
    expect(problemsOf(nodeConfig, { ...node, ...parts })).toHaveLength(1);
    for (const url of ['mysql://a:b@c/d', 'postgres://db/main', 'postgres://a:b@c', 'postgres://a:b@c:99999/d', 'postgres://a:b@c/d?sslmode=require']) {
      expect(problemsOf(nodeConfig, { ...node, MULTICONNECT_POSTGRES_URL: url })).toHaveLength(1);
    }
  });
});
