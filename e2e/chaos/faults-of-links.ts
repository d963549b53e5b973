import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '@multiconnect/local';
import type { Injection } from './injection.ts';
import type { Direction, LinkMode } from './links/link.ts';
import { phones } from './levers.ts';
import { type Choice, controlOwner, reserved, someOwner } from './targets.ts';
import type { World } from './world.ts';

const passing: LinkMode = { kind: 'passing' };

const labels: Readonly<Record<ServiceName, string>> = { postgres: 'PostgreSQL', redis: 'Redis', ejabberd: 'ejabberd' };

type Harm = (world: World, process: string, lastsMs: number, choice: number) => Promise<void>;

const toProcess = (choose: Choice, service: ServiceName, harm: Harm): Injection => async (world, fault) => {
  const chosen = choose(world, fault);
  await reserved(world, [chosen], () => harm(world, chosen.name, fault.lastsMs, fault.choice));
  return `${chosen.name} and ${labels[service]}`;
};

const toPhones = (harm: Harm): Injection => async (world, { lastsMs, choice }) => {
  await harm(world, phones, lastsMs, choice);
  return 'the phones and ejabberd';
};

/** Between this process and this service only. */
export const cutOff = (choose: Choice, service: ServiceName, kind: 'cut' | 'silent'): Injection =>
  toProcess(choose, service, async ({ levers }, process, lastsMs) => {
    await levers.setLink(process, service, { kind });
    await delay(lastsMs);
    await levers.setLink(process, service, passing);
  });

const delayMs = [20, 120] as const;
const bytesPerSecond = 2_000_000;

/** For every process: each way takes longer, by the plan's choice. */
export const slow = (service: ServiceName): Injection => async ({ levers, cluster }, { lastsMs, choice }) => {
  const processes = cluster.processes.map(({ name }) => name);
  const [least, most] = delayMs;
  const mode: LinkMode = { kind: 'slow', delayMs: least + (choice % (most - least)), bytesPerSecond };
  await Promise.all(processes.map((process) => levers.setLink(process, service, mode)));
  await delay(lastsMs);
  await Promise.all(processes.map((process) => levers.setLink(process, service, passing)));
  return labels[service];
};

const longestTornAfterBytes = 6_000;
const directions = ['to server', 'to client'] as const;

/** The connection is reset somewhere in what is being sent, in the middle of a stanza or of a TLS record. */
const tear: Harm = async ({ levers }, process, lastsMs, choice) => {
  const direction = directions[choice % directions.length] ?? 'to server';
  const afterBytes = 1 + ((choice * 37) % longestTornAfterBytes);
  await levers.setLink(process, 'ejabberd', { kind: 'resetting', direction, afterBytes });
  await delay(lastsMs);
  await levers.setLink(process, 'ejabberd', passing);
};

/** What goes this way does not arrive; then the connection is reset. */
const withhold = (direction: Direction): Harm => async ({ levers }, process, lastsMs) => {
  await levers.setLink(process, 'ejabberd', { kind: 'held', direction });
  await delay(lastsMs);
  await levers.resetLink(process, 'ejabberd');
  await levers.setLink(process, 'ejabberd', passing);
};

export const stanzaTorn = toProcess(someOwner, 'ejabberd', tear);
/** The server has taken what was sent, and its sender does not hear of it. */
export const acksWithheld = toProcess(someOwner, 'ejabberd', withhold('to client'));
/** What came in was taken, and the server does not hear of it: it delivers it again. */
export const stanzasTwice = toProcess(controlOwner, 'ejabberd', withhold('to server'));
export const phonesTorn = toPhones(tear);
export const phonesAcksWithheld = toPhones(withhold('to client'));
export const phonesStanzasTwice = toPhones(withhold('to server'));
