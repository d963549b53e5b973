import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { cpuBetween, type ProcessGroup, sampleCpu } from '@multiconnect/load';
import { fleetNumbers, signUpPhones } from '@multiconnect/phone';
import { openStream } from '@multiconnect/xmpp';
import type { World } from '../world.ts';
import { type FloorFacts, parts, type PartName } from './parts.ts';
import type { FromFloor, ToFloor } from './process.ts';

/** CPU milliseconds a message of each part, its service included, and of all together. */
export interface Floor {
  readonly parts: Readonly<Record<PartName, number>>;
  readonly sum: number;
}

/** So many that a clock of 10 ms can tell, and more than the first ones, which compile. */
const warmUpMessages = 1_000;
const program = fileURLToPath(new URL('./process.ts', import.meta.url));
const services = ['PostgreSQL', 'Redis'] as const;

async function told(child: ChildProcess, message: ToFloor): Promise<void> {
  child.send(message);
  const [answer] = (await once(child, 'message')) as [FromFloor];
  if (answer.kind === 'failed') throw new Error(`the floor cannot be measured: ${answer.reason}`);
}

async function costOf(part: PartName, facts: FloorFacts, groups: readonly ProcessGroup[], messages: number): Promise<number> {
  const child = fork(program, { execArgv: [] });
  try {
    await told(child, { kind: 'prepare', part, facts });
    await told(child, { kind: 'work', messages: warmUpMessages });
    const measured = [...groups, { name: part, pids: [child.pid ?? 0] }];
    const before = sampleCpu();
    await told(child, { kind: 'work', messages });
    const cpuMs = cpuBetween(before, sampleCpu(), measured);
    return [...cpuMs.values()].reduce<number>((sum, ms = 0) => sum + ms, 0) / messages;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Everything that the floor needs on the other side of its parts; its CPU is not counted. */
async function openOtherSide({ target, services: { postgresUrl, redisUrl } }: World) {
  const server = createServer((request, response) => void request.resume().on('end', () => response.end()));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [account, receiver] = await signUpPhones({ ...target, numbers: fleetNumbers(2) });
  if (account === undefined || receiver === undefined) throw new Error('no accounts for the floor');
  const { routes, ca } = target;
  const stream = await openStream({
    ...{ account: receiver, routes, resource: 'floor', connectTimeoutMs: 10_000, keepAliveIntervalMs: 60_000, maxUnhandledStanzas: 500 },
    ...(ca === undefined ? {} : { ca }),
    onStanza: () => undefined,
    onClosed: () => undefined,
  });
  stream.presence(0);
  const sinkUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const facts: FloorFacts = { postgresUrl, redisUrl, account, to: receiver.jid, routes, sinkUrl, ...(ca === undefined ? {} : { ca }) };
  return {
    facts,
    async close() {
      await stream.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Measured on the services of a world whose cluster has nothing to do; what that costs idly is taken off. */
export async function measureFloor(world: World, messages: number): Promise<Floor> {
  const groups = world.target.processes.filter(({ name }) => services.some((service) => service === name));
  const otherSide = await openOtherSide(world);
  try {
    const costs = {} as Record<PartName, number>;
    for (const part of Object.keys(parts) as readonly PartName[]) costs[part] = await costOf(part, otherSide.facts, groups, messages);
    return { parts: costs, sum: Object.values(costs).reduce((sum, cost) => sum + cost, 0) };
  } finally {
    await otherSide.close();
  }
}
