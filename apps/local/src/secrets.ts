import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of files that only their owner can read. */
export interface Secrets {
  /** Base64 of 32 bytes. */
  readonly sealKeyFile: string;
  readonly clusterSecretFile: string;
  readonly jwtKeyFile: string;
  readonly operatorTokenFile: string;
  readonly apiKeyFile: string;
}

const secretBytes = 32;

/** Makes what is missing, keeps what is there: keys outlive a restart as the data they seal does. */
export const ensureSecrets = (dir: string): Secrets => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const secret = (name: string, encoding: 'base64' | 'base64url' = 'base64url'): string => {
    const file = join(dir, name);
    if (!existsSync(file)) writeFileSync(file, randomBytes(secretBytes).toString(encoding), { mode: 0o600, flag: 'wx' });
    return file;
  };
  return {
    sealKeyFile: secret('seal-key', 'base64'),
    clusterSecretFile: secret('cluster-secret'),
    jwtKeyFile: secret('jwt-key'),
    operatorTokenFile: secret('registry-operator-token'),
    apiKeyFile: secret('api-key'),
  };
};
