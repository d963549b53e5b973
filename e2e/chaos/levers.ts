import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterOptions, ensurePackages, fakeClockLibrary, fakeClockPackages, freePort, type ServiceAddresses, type ServiceName, type Services } from '@multiconnect/local';
import type { FaultName } from './fault-kinds.ts';
import type { LinkMode } from './links/link.ts';
import { openLinks } from './links/links.ts';
import { buildNewerVersion } from './newer-version.ts';
import { mountVolumes, type Volumes } from './volumes.ts';

/** What the faults pull that are done to more than a process's life. */
export interface Levers {
  /** With which a cluster is started whose processes hang on these levers. */
  readonly clusterOptions: Required<Pick<ClusterOptions, 'servicesOf' | 'environmentOf' | 'programOf'>>;
  /** What the process of this name reaches the service by. */
  setLink(process: string, service: ServiceName, mode: LinkMode): Promise<void>;
  resetLink(process: string, service: ServiceName): Promise<void>;
  /** Where V8's inspector of the process listens. */
  inspectorPort(process: string): number;
  /** How far off the wall clock of the process is; its monotonic clock stays. */
  setClock(process: string, offsetMs: number): void;
  /** undefined where none can be mounted. */
  readonly volumes: Volumes | undefined;
  /** Which version the process is at its next start. */
  setVersion(process: string, version: 'this' | 'newer'): void;
  /** Whether the newer version's migration has been made, which stays. */
  isMigrated(): boolean;
  setMigrated(): void;
  /** Processes that a fault is being done to: no other is done to them. */
  readonly busy: Set<string>;
  /** Why the fault cannot be done here. */
  obstacleTo(kind: FaultName): string | undefined;
  close(): Promise<void>;
}

export interface LeverOptions {
  readonly dir: string;
  readonly services: Services;
  /** Of everything that has links, the phones among them. */
  readonly processes: readonly string[];
  /** The faults to come. */
  readonly kinds: ReadonlySet<FaultName>;
}

/** The customers' phones, which are one process. */
export const phones = 'phones';

const linkName = (process: string, service: ServiceName) => `${process} ${service}`;

function behindLinks(services: Services, port: (service: ServiceName) => number): ServiceAddresses {
  const withPort = (url: string, service: ServiceName): string => {
    const moved = new URL(url);
    moved.port = String(port(service));
    return moved.href;
  };
  return {
    postgresUrl: withPort(services.postgresUrl, 'postgres'),
    redisUrl: withPort(services.redisUrl, 'redis'),
    // One way to the chat server, so that the link is the only one.
    xmpp: { ...services.xmpp, port: port('ejabberd'), directTlsPort: undefined },
    ejabberdApiUrl: services.ejabberdApiUrl,
  };
}

const targets = ({ postgresUrl, redisUrl, xmpp }: Services): Readonly<Record<ServiceName, number>> => ({
  postgres: Number(new URL(postgresUrl).port),
  redis: Number(new URL(redisUrl).port),
  ejabberd: xmpp.port,
});

const secondMs = 1_000;

/** A clock that reads how far off it is from a file. */
function openClocks(dir: string) {
  const home = join(dir, 'clocks');
  mkdirSync(home, { recursive: true });
  const fileOf = (process: string) => join(home, process);
  const set = (process: string, offsetMs: number) => writeFileSync(fileOf(process), `${offsetMs < 0 ? '' : '+'}${offsetMs / secondMs}\n`);
  return {
    set,
    environmentOf(process: string) {
      set(process, 0);
      return {
        LD_PRELOAD: fakeClockLibrary(),
        FAKETIME_TIMESTAMP_FILE: fileOf(process),
        FAKETIME_CACHE_DURATION: '1',
        DONT_FAKE_MONOTONIC: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        NO_FAKE_STAT: '1',
      };
    },
  };
}

const areClocksFaked = (kinds: ReadonlySet<FaultName>) => [...kinds].some((kind) => kind.endsWith('-clock'));
const areVolumesFilled = (kinds: ReadonlySet<FaultName>) => kinds.has('media-full') || kinds.has('logs-full');

export async function openLevers({ dir, services, processes, kinds }: LeverOptions): Promise<Levers> {
  const links = openLinks();
  const addresses = new Map<string, ServiceAddresses>();
  const inspectorPorts = new Map<string, number>();
  for (const process of processes) {
    const ports = new Map<ServiceName, number>();
    for (const [service, port] of Object.entries(targets(services)) as [ServiceName, number][]) {
      ports.set(service, await links.open(linkName(process, service), port));
    }
    addresses.set(process, behindLinks(services, (service) => ports.get(service) ?? 0));
    inspectorPorts.set(process, await freePort());
  }
  const isClockFaked = areClocksFaked(kinds);
  if (isClockFaked) await ensurePackages(fakeClockPackages, join(dir, 'logs', 'packages.log'));
  const clocks = openClocks(dir);
  const volumes = areVolumesFilled(kinds) ? await mountVolumes(dir) : undefined;
  const newer = kinds.has('upgrade') ? buildNewerVersion(join(dir, 'newer')) : undefined;
  const newerOnes = new Set<string>();
  let isMigrated = false;
  const inspectorPort = (process: string) => inspectorPorts.get(process) ?? 0;
  return {
    clusterOptions: {
      servicesOf: (process) => addresses.get(process) ?? services,
      environmentOf: (process) => ({
        NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort(process)}`,
        ...(isClockFaked ? clocks.environmentOf(process) : {}),
      }),
      programOf: (process) => (newerOnes.has(process) ? newer?.programOf(process) : undefined),
    },
    setLink: (process, service, mode) => links.set(linkName(process, service), mode),
    resetLink: (process, service) => links.reset(linkName(process, service)),
    inspectorPort,
    setClock: (process, offsetMs) => clocks.set(process, offsetMs),
    volumes,
    setVersion(process, version) {
      if (version === 'newer') newerOnes.add(process);
      else newerOnes.delete(process);
    },
    isMigrated: () => isMigrated,
    setMigrated() {
      isMigrated = true;
    },
    busy: new Set(),
    obstacleTo: (kind) => ((kind === 'media-full' || kind === 'logs-full') && volumes === undefined ? 'no volume can be mounted here' : undefined),
    async close() {
      await volumes?.close();
      await links.close();
    },
  };
}
