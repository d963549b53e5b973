import { afterEach, describe, expect, it } from 'vitest';
import { maintainStream } from './maintain.ts';
import type { MaintainedStream, MaintainOptions } from './maintain.ts';
import { ns } from './namespaces.ts';
import { account, timing } from './testing/fake-client.ts';
import { startFakeServer } from './testing/fake-server.ts';
import type { FakeServer, Script } from './testing/fake-server.ts';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

interface Maintained {
  readonly server: FakeServer;
  readonly maintained: MaintainedStream;
  readonly log: string[];
  /** Resolves when the log has this many lines. */
  readonly logged: (lines: number) => Promise<void>;
}

async function maintain(script: Script = {}, options: Partial<MaintainOptions> = {}): Promise<Maintained> {
  const server = await startFakeServer(script);
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const write = (line: string) => {
    log.push(line);
    waiting.forEach((check) => check());
  };
  const maintained = maintainStream({
    account,
    routes: [server.route],
    ca: server.ca,
    ...timing,
    backoff: { initialMs: 1, maxMs: 4 },
    onStanza: () => undefined,
    onOnline: () => write('online'),
    onOffline: ({ kind }) => write(`offline ${kind}`),
    onGaveUp: ({ kind }) => write(`gave up ${kind}`),
    onAttemptFailed: (error, retryInMs) => write(`failed ${error.name} ${retryInMs}`),
    ...options,
  });
  cleanups.push(() => {
    maintained.abort();
    server.stop();
  });
  const logged = (lines: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (log.length >= lines) resolve();
      };
      waiting.push(check);
      check();
    });
  return { server, maintained, log, logged };
}

const streamError = (condition: string) => `<stream:error><${condition} xmlns='${ns.streamErrors}'/></stream:error></stream:stream>`;

describe('a maintained stream', () => {
  it('comes back after the connection is lost [faq.reconnect]', async () => {
    const { server, maintained, log, logged } = await maintain();
    await logged(1);
    (await server.session(0)).socket.destroy();
    await logged(3);
    expect(maintained.state).toBe('connected');
    (await server.session(1)).write(streamError('system-shutdown'));
    await logged(5);
    expect(log).toEqual(['online', 'offline lost', 'online', 'offline stream-error', 'online']);
  });

  it('does not connect without the permit, which is asked for before every attempt', async () => {
    const permits = [Promise.reject(new Error('not now')), Promise.resolve(), Promise.reject(new Error('not again')), Promise.resolve()];
    permits.forEach((permit) => void permit.catch(() => undefined));
    const { server, log, logged } = await maintain({}, { permit: () => permits.shift() ?? Promise.resolve(), onAttemptFailed: ({ message }) => void log.push(message) });
    await logged(2);
    (await server.session(0)).socket.destroy();
    await logged(5);
    expect(log).toEqual(['not now', 'online', 'offline lost', 'not again', 'online']);
    expect(server.sessions).toHaveLength(2);
  });

  it('never fights for its identity: a conflict ends it', async () => {
    const { server, maintained, log, logged } = await maintain();
    (await server.session()).write(streamError('conflict'));
    await logged(3);
    expect(log).toEqual(['online', 'offline conflict', 'gave up conflict']);
    expect(maintained.state).toBe('conflict');
    await maintained.stop();
    expect(maintained.state).toBe('conflict');
    expect(server.sessions).toHaveLength(1);
  });

  it('gives up on refused credentials', async () => {
    const { server, maintained, log, logged } = await maintain({ auth: () => `<failure xmlns='${ns.sasl}'><not-authorized/></failure>` });
    await logged(1);
    expect(log).toEqual(['gave up not-authorized']);
    expect(maintained.state).toBe('not-authorized');
    expect(server.sessions).toHaveLength(1);
  });

  it('does not take one refusal for the last word of a server: one that starts refuses right credentials', async () => {
    const answers = ['not-authorized', undefined, 'not-authorized', 'not-authorized', undefined];
    const auth = () => {
      const condition = answers.shift();
      return condition === undefined ? undefined : `<failure xmlns='${ns.sasl}'><${condition}/></failure>`;
    };
    const { server, log, logged } = await maintain({ auth }, { refusalDelaysMs: [1, 2] });
    await logged(2);
    (await server.session(1)).socket.destroy();
    await logged(6);
    expect(log).toEqual(['failed NotAuthorized 1', 'online', 'offline lost', 'failed NotAuthorized 1', 'failed NotAuthorized 2', 'online']);
  });

  it('gives up when the server goes on refusing credentials that have worked', async () => {
    let isRefusing = false;
    const auth = () => (isRefusing ? `<failure xmlns='${ns.sasl}'><not-authorized/></failure>` : undefined);
    const { server, log, logged } = await maintain({ auth }, { refusalDelaysMs: [1] });
    await logged(1);
    isRefusing = true;
    (await server.session(0)).socket.destroy();
    await logged(4);
    expect(log).toEqual(['online', 'offline lost', 'failed NotAuthorized 1', 'gave up not-authorized']);
  });

  it('waits longer and longer, with full jitter, up to the cap [faq.reconnect]', async () => {
    const { log, logged } = await maintain(
      { auth: () => streamError('resource-constraint') },
      { backoff: { initialMs: 2, maxMs: 10 }, random: () => 0.5 },
    );
    await logged(5);
    expect(log.slice(0, 5)).toEqual([1, 2, 4, 5, 5].map((delayMs) => `failed StreamFailed ${delayMs}`));
  });

  it('counts a failure to come online as a failed attempt', async () => {
    let attempts = 0;
    const { log, logged, server } = await maintain({}, {
      onOnline: () => {
        if (++attempts === 1) throw new RangeError('not yet');
      },
      random: () => 0,
    });
    await logged(2);
    await server.session(1);
    expect(log.slice(0, 2)).toEqual(['offline requested', 'failed RangeError 0']);
  });

  it('asks for the routes before every attempt', async () => {
    const other = await startFakeServer();
    cleanups.push(() => other.stop());
    let asked = 0;
    await maintain({}, {
      routes: () => Promise.resolve(asked++ === 0 ? [] : [other.route]),
      ca: other.ca,
    });
    await other.session();
    expect(asked).toBe(2);
  });

  it('stops gracefully while online', async () => {
    const { server, maintained, log, logged } = await maintain();
    await logged(1);
    await maintained.stop();
    expect((await server.session()).ended).toBe(true);
    expect(maintained.state).toBe('closed');
    expect(log).toEqual(['online', 'offline requested']);
  });

  it('stops while connecting and while waiting', async () => {
    const connecting = await maintain({ auth: () => ' ' });
    await connecting.maintained.stop();
    expect(connecting.maintained.state).toBe('closed');
    const waiting = await maintain({ auth: () => streamError('reset') }, { backoff: { initialMs: 3_600_000, maxMs: 3_600_000 } });
    await waiting.logged(1);
    await waiting.maintained.stop();
    expect(waiting.maintained.state).toBe('closed');
  });
});
