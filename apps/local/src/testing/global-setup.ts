import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCompose, startComposeServices } from '../compose.ts';
import { PackagesMissingError } from '../errors.ts';
import { type Services, type ServicesOptions, startServices } from '../services.ts';
import { externalServices, publish } from './environment.ts';

interface SharedServices {
  users: number;
  readonly starting: Promise<Services>;
}

/** Every vitest project loads this module for itself, so what they share hangs on the one global object. */
const key = Symbol.for('multiconnect.testing.services');
const globals = globalThis as { [key]?: SharedServices | undefined };

/** Child processes are the faster ones; containers where Debian's packages cannot be had. */
const startSomehow = async (options: ServicesOptions): Promise<Services> => {
  try {
    return await startServices(options);
  } catch (error) {
    const compose = error instanceof PackagesMissingError ? await findCompose() : undefined;
    if (compose === undefined) throw error;
    return startComposeServices(options, compose);
  }
};

const start = async (): Promise<Services> => {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-test-'));
  // PostgreSQL's user has to pass through.
  chmodSync(dir, 0o711);
  const services = await startSomehow({
    dir,
    external: externalServices(process.env),
    onInstall: (packages) => console.log(`installing ${packages.join(', ')}`),
    onDeath: (error) => console.error(error.message),
  });
  publish(services, process.env);
  return services;
};

const release = async (shared: SharedServices): Promise<void> => {
  shared.users -= 1;
  if (shared.users > 0) return;
  globals[key] = undefined;
  const services = await shared.starting;
  await services.stop();
  if (process.env['TEST_KEEP_SERVICES_DIR'] === undefined) rmSync(services.dir, { recursive: true, force: true });
};

/** vitest globalSetup: one set of real services for all projects of one run; the environment may name others. */
export default async function setup(): Promise<() => Promise<void>> {
  const shared = (globals[key] ??= { users: 0, starting: start() });
  shared.users += 1;
  await shared.starting;
  return () => release(shared);
}
