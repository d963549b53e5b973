import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterProcess } from '@multiconnect/local';
import type { Injection } from './injection.ts';
import { blockEventLoop } from './inspector.ts';
import { type Choice, leadingMaster, messageOwner, reserved } from './targets.ts';
import type { World } from './world.ts';

type Harm = (world: World, chosen: ClusterProcess, lastsMs: number) => Promise<void>;

const done = (choose: Choice, harm: Harm): Injection => async (world, fault) => {
  const chosen = choose(world, fault);
  await reserved(world, [chosen], () => harm(world, chosen, fault.lastsMs));
  return chosen.name;
};

export const ended = (choose: Choice, signal: NodeJS.Signals): Injection =>
  done(choose, async (_world, chosen, lastsMs) => {
    await chosen.kill(signal);
    await delay(lastsMs);
    await chosen.restart();
  });

export const frozen = (choose: Choice): Injection =>
  done(choose, async (_world, chosen, lastsMs) => {
    await chosen.kill('SIGSTOP');
    await delay(lastsMs);
    await chosen.kill('SIGCONT');
  });

/** Its event loop is busy: timers, sockets and all. */
export const blocked = (choose: Choice): Injection =>
  done(choose, ({ levers }, chosen, lastsMs) => blockEventLoop(levers.inspectorPort(chosen.name), lastsMs));

const hourMs = 3_600_000;
/** The clock is read from its file once a second. */
const noticedMs = 1_500;

/** Its wall clock goes an hour ahead, an hour back, and is right again. */
export const clockTurned = (choose: Choice): Injection =>
  done(choose, async ({ levers }, { name }, lastsMs) => {
    for (const offsetMs of [hourMs, -hourMs]) {
      levers.setClock(name, offsetMs);
      await delay(noticedMs + lastsMs / 2);
    }
    levers.setClock(name, 0);
    await delay(noticedMs);
  });

export const leaderAndOwnerKilled: Injection = async (world, fault) => {
  const both = [leadingMaster(world, fault), messageOwner(world, fault)];
  await reserved(world, both, async () => {
    await Promise.all(both.map((one) => one.kill('SIGKILL')));
    await delay(fault.lastsMs);
    await Promise.all(both.map((one) => one.restart()));
  });
  return both.map(({ name }) => name).join(' and ');
};

export const mastersDead: Injection = async (world, { lastsMs }) => {
  const { masters } = world.cluster;
  await reserved(world, masters, async () => {
    await Promise.all(masters.map((master) => master.kill('SIGKILL')));
    await delay(lastsMs);
    await Promise.all(masters.map((master) => master.restart()));
  });
  return 'all masters';
};
