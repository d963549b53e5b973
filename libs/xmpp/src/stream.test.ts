import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { IqError, IqTimeout, StreamClosedError, parseXml, xml } from './index.ts';
import type { XmppStream } from './index.ts';
import { ns } from './namespaces.ts';
import { connect } from './testing/fake-client.ts';
import { domain, startFakeServer } from './testing/fake-server.ts';
import type { FakeServer, Script } from './testing/fake-server.ts';
import type { StreamOptions } from './stream.ts';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

async function start(options: Partial<StreamOptions> = {}, script: Script = {}) {
  const server: FakeServer = await startFakeServer(script);
  cleanups.push(() => server.stop());
  const client = await connect(server, options);
  cleanups.push(() => client.stream.abort());
  return { server, ...client, session: await server.session() };
}

const message = (id: number | string) => `<message id='${id}'/>`;
const messages = (count: number) => Array.from({ length: count }, (_, index) => message(index)).join('');
const askH = `<r xmlns='${ns.sm}'/>`;

describe('the count of inbound stanzas', () => {
  it('moves only once handling is complete, and without gaps', async () => {
    const { session, handling, until } = await start();
    session.write(messages(3) + askH);
    await until(() => handling.length === 3);
    await session.until(() => session.counts.length === 1);
    handling[2]?.resolve();
    handling[1]?.resolve();
    session.write(askH);
    await session.until(() => session.counts.length === 2);
    handling[0]?.resolve();
    await session.until(() => session.counts.length === 3);
    expect(session.counts).toEqual([0, 0, 3]);
  });

  it('includes IQ stanzas, in arrival order with the messages', async () => {
    const { session, stream, handling, until } = await start();
    const answer = stream.request({ type: 'get', payload: xml('query', { xmlns: 'urn:x' }) });
    await session.until(() => session.named('iq').length === 1);
    const id = String(session.named('iq')[0]?.attrs['id']);
    session.write(`${message(1)}<iq type='result' id='${id}'/><iq type='result' id='nobody-asked'/>${message(2)}`);
    expect((await answer).name).toBe('iq');
    await until(() => handling.length === 2);
    session.write(askH);
    await session.until(() => session.counts.length === 1);
    handling[0]?.resolve();
    await session.until(() => session.counts.length === 2);
    handling[1]?.resolve();
    await session.until(() => session.counts.length === 3);
    expect(session.counts).toEqual([0, 3, 4]);
  });

  it('leaves out what arrived before stream management was on, and delivers it', async () => {
    const enable = () => `${message('early')}<enabled xmlns='${ns.sm}'/>${message('late')}`;
    const { session, handling, until } = await start({}, { enable });
    await until(() => handling.length === 2);
    handling.forEach(({ resolve }) => resolve());
    await session.until(() => session.counts.length === 1);
    expect(handling.map(({ stanza }) => String(stanza.attrs['id']))).toEqual(['early', 'late']);
    expect(session.counts).toEqual([1]);
  });

  it('leaves out a stanza that could not be handled, and the stream closes', async () => {
    const { session, stream, handling, until, closed } = await start();
    session.write(messages(3));
    await until(() => handling.length === 3);
    handling[0]?.resolve();
    handling[2]?.resolve();
    handling[1]?.reject(new TypeError('Hello, my number is 42'));
    expect(await stream.closed).toEqual({ kind: 'lost', cause: 'a stanza could not be handled: TypeError' });
    await session.until(() => session.ended);
    expect(session.counts.at(-1)).toBe(1);
    expect(closed).toHaveLength(1);
  });

  it('is coalesced into one acknowledgement for handlers that finish together', async () => {
    const { session, handling, until } = await start();
    session.write(messages(50));
    await until(() => handling.length === 50);
    handling.forEach(({ resolve }) => resolve());
    await session.until(() => session.counts.length > 0);
    expect(session.counts).toEqual([50]);
  });
});

describe('outbound stanzas', () => {
  it('of one tick leave in one write, in order, followed by one request for acknowledgement', async () => {
    const { session, stream } = await start();
    for (let index = 0; index < 5; index++) stream.send(message(index), String(index));
    stream.send(xml('message', { id: '5' }), '5');
    await session.until(() => session.elements.length === 7);
    expect(session.elements.map(({ name, attrs }) => String(attrs['id'] ?? name))).toEqual(['0', '1', '2', '3', '4', '5', 'r']);
    expect(session.records).toHaveLength(1);
  });

  it.each([
    { priority: 3, steps: ['3', '-1', '3'] },
    { priority: -1, steps: ['-1', '0', '-1'] },
  ])('of a collection from offline storage step across priority 0 and back from $priority in one write', async ({ priority, steps }) => {
    const { session, stream } = await start();
    stream.presence(priority);
    await session.until(() => session.named('presence').length === 1);
    stream.collectOffline();
    await session.until(() => session.named('presence').length === 3);
    expect(session.named('presence').map((presence) => presence.getChildText('priority'))).toEqual(steps);
    expect(session.records).toHaveLength(2);
  });

  it('are reported acknowledged in order, one batch for each answer', async () => {
    const { session, stream, acknowledged, until } = await start();
    session.answersRequests = false;
    ['a', 'b', 'c', 'd'].forEach((id) => stream.send(message(id), id));
    stream.presence(-1);
    await session.until(() => session.stanzas === 5);
    session.write(`<a xmlns='${ns.sm}' h='2'/><a xmlns='${ns.sm}' h='2'/>`);
    await until(() => acknowledged.length === 1);
    expect(stream.unacknowledged()).toEqual(['c', 'd']);
    session.write(`<a xmlns='${ns.sm}' h='5'/>`);
    await until(() => acknowledged.length === 2);
    expect(acknowledged).toEqual([['a', 'b'], ['c', 'd']]);
    expect(stream.unacknowledged()).toEqual([]);
  });

  it('stay listed without acknowledgement after the connection is lost', async () => {
    const { session, stream } = await start();
    session.answersRequests = false;
    ['a', 'b'].forEach((id) => stream.send(message(id), id));
    await session.until(() => session.stanzas === 2);
    session.socket.destroy();
    expect((await stream.closed).kind).toBe('lost');
    expect(stream.unacknowledged()).toEqual(['a', 'b']);
    expect(() => stream.send(message('c'), 'c')).toThrow(StreamClosedError);
  });

  it('end the stream when the server acknowledges more than was sent', async () => {
    const { session, stream, acknowledged } = await start();
    session.write(`<a xmlns='${ns.sm}' h='1'/>`);
    expect(await stream.closed).toEqual({ kind: 'stream-error', condition: 'handled-count-too-high' });
    await session.until(() => session.ended);
    expect(session.named('stream:error')).toHaveLength(1);
    expect(acknowledged).toEqual([]);
  });

  it('cannot break the stream with characters that XML does not know', async () => {
    const { session, stream, acknowledged, until } = await start();
    stream.send(xml('message', { id: 'x' }, 'a\u0000b\ud800c</message>&'), 'x');
    await until(() => acknowledged.length === 1);
    expect(session.named('message')[0]?.getText()).toBe('a\ufffdb\ufffdc</message>&');
  });
});

describe('inbound XML', () => {
  it('gives the same stanzas however the network cuts it', async () => {
    const { session, handling, until } = await start();
    let expected = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), fc.array(fc.integer({ min: 1, max: 9 })), async (text, sizes) => {
        const stanza = xml('message', {}, xml('body', {}, text.replace(/[^\p{L}\p{So}]/gu, '.')));
        let bytes = Buffer.from(stanza.toString());
        for (const size of sizes) {
          session.write(bytes.subarray(0, size));
          bytes = bytes.subarray(size);
        }
        session.write(bytes);
        expected++;
        await until(() => handling.length === expected);
        expect(handling.at(-1)?.stanza.toString()).toBe(stanza.toString());
        handling.at(-1)?.resolve();
      }),
      { numRuns: 50 },
    );
  });

  it('that is not allowed closes the stream with the condition', async () => {
    const { session, stream } = await start();
    session.write('<message><!-- x --></message>');
    expect(await stream.closed).toEqual({ kind: 'stream-error', condition: 'restricted-xml' });
  });

  it('reads streams with the namespaces of the header', async () => {
    const { session, handling, until } = await start();
    session.write('<message><body>x</body></message>');
    await until(() => handling.length === 1);
    expect(handling[0]?.stanza.is('message', ns.client)).toBe(true);
    expect(handling[0]?.stanza.getChildText('body', ns.client)).toBe('x');
  });
});

describe('back-pressure', () => {
  it('leaves the rest unread when handlers do not keep up, and reads on when they do', async () => {
    const { session, stream, handling, until } = await start({ maxUnhandledStanzas: 10 });
    const padded = `<message><x>${'x'.repeat(1_000)}</x></message>`;
    const total = 5_000;
    for (let index = 0; index < total; index++) session.write(padded);
    let handled = 0;
    let most = 0;
    while (handled < total) {
      await until(() => handling.length > 0);
      most = Math.max(most, stream.unhandled);
      const batch = handling.splice(0);
      handled += batch.length;
      batch.forEach(({ resolve }) => resolve());
    }
    await session.until(() => session.counts.at(-1) === total);
    // What one read from the socket brings is parsed to its end.
    expect(most).toBeLessThan(200);
  });

  it('does not stop handlers that wait for an answer from the server', async () => {
    const online: XmppStream[] = [];
    const { session, stream } = await start({
      maxUnhandledStanzas: 1,
      onStanza: async () => {
        await online[0]?.request({ type: 'get', payload: xml('bundle', { xmlns: 'urn:x' }), timeoutMs: 10_000 });
      },
    });
    online.push(stream);
    session.write(messages(4));
    await session.until(() => session.named('iq').length === 4);
    session.write(session.named('iq').map(({ attrs }) => `<iq type='result' id='${String(attrs['id'])}'/>`).join(''));
    await session.until(() => session.counts.at(-1) === 8);
  });
});

describe('IQ', () => {
  const iqs = (session: { named(name: string): { attrs: Record<string, unknown> }[] }) => session.named('iq');

  it('requests are answered by default: pings with a result, all else with service-unavailable', async () => {
    const { session } = await start();
    session.write(`<iq type='get' id='1' from='${domain}'><ping xmlns='${ns.ping}'/></iq><iq type='set' id='2'><x xmlns='urn:x'/></iq>`);
    await session.until(() => iqs(session).length === 2);
    const [pong, refusal] = session.named('iq');
    expect(pong?.toString()).toBe(`<iq type="result" id="1" to="${domain}"/>`);
    expect(refusal?.attrs).toMatchObject({ type: 'error', id: '2' });
    expect(refusal?.getChild('error')?.getChild('service-unavailable', ns.stanzas)).toBeDefined();
  });

  it('requests can be answered by the application', async () => {
    const { session } = await start({ onIqRequest: ({ attrs }) => xml(attrs['id'] === '1' ? 'info' : 'iq', { type: 'result' }) });
    session.write(`<iq type='get' id='1' from='b@c/d'/><iq type='set' id='2' from='b@c/d'/>`);
    await session.until(() => iqs(session).length === 2);
    expect(session.named('iq').map(String)).toEqual([
      '<iq type="result" id="1" to="b@c/d"><info type="result"/></iq>',
      '<iq type="result" id="2" to="b@c/d"/>',
    ]);
  });

  it('errors, silence and a closed stream each reject a request in their own way', async () => {
    const { session, stream } = await start();
    const payload = parseXml(`<query xmlns='urn:x'/>`);
    const refused = stream.request({ type: 'get', to: 'b@c', payload });
    await session.until(() => iqs(session).length === 1);
    session.write(
      `<iq type='error' from='b@c' id='${String(iqs(session)[0]?.attrs['id'])}'><error type='cancel'><item-not-found xmlns='${ns.stanzas}'/><text xmlns='${ns.stanzas}'>no</text></error></iq>`,
    );
    await expect(refused).rejects.toThrow(new IqError('item-not-found', 'no'));
    await expect(stream.request({ type: 'get', payload, timeoutMs: 1 })).rejects.toThrow(IqTimeout);
    const open = stream.request({ type: 'get', payload });
    stream.abort();
    await expect(open).rejects.toThrow(StreamClosedError);
    await expect(stream.request({ type: 'get', payload })).rejects.toThrow(StreamClosedError);
  });

  it('answers from somebody else than was asked are ignored', async () => {
    const { session, stream } = await start();
    const asked = stream.request({ type: 'get', to: 'B@c', payload: xml('query') });
    await session.until(() => iqs(session).length === 1);
    const id = String(iqs(session)[0]?.attrs['id']);
    session.write(`<iq type='result' from='evil@c' id='${id}'><forged/></iq><iq type='result' from='b@C' id='${id}'><real/></iq>`);
    expect((await asked).name).toBe('real');
  });
});

describe('the end of a stream', () => {
  it('waits for running handlers, takes nothing new, and acknowledges before it closes', async () => {
    const { session, stream, handling, until, closed } = await start();
    session.write(messages(2));
    await until(() => handling.length === 2);
    stream.send(message('last'), 'last');
    const closing = stream.close();
    session.write(message('new') + askH);
    await session.until(() => session.counts.length === 1);
    handling.forEach(({ resolve }) => resolve());
    await closing;
    expect(session.ended).toBe(true);
    expect(session.counts).toEqual([0, 2]);
    expect(handling).toHaveLength(2);
    expect(closed).toEqual([{ kind: 'requested' }]);
    expect(stream.unacknowledged()).toEqual([]);
  });

  it('by abort is immediate and acknowledges nothing', async () => {
    const { session, stream, handling, until, closed } = await start();
    session.write(message(1));
    await until(() => handling.length === 1);
    stream.abort();
    expect(closed).toEqual([{ kind: 'requested' }]);
    await session.until(() => session.gone);
    handling[0]?.resolve();
    expect(session.counts).toEqual([]);
  });

  it.each([
    [`<conflict xmlns='${ns.streamErrors}'/>`, { kind: 'conflict' }],
    [`<not-authorized xmlns='${ns.streamErrors}'/>`, { kind: 'not-authorized' }],
    [`<text xmlns='${ns.streamErrors}'>bye</text><system-shutdown xmlns='${ns.streamErrors}'/>`, { kind: 'stream-error', condition: 'system-shutdown' }],
  ])('by the server is reported once with its reason: %s', async (error, reason) => {
    const { session, stream, closed } = await start();
    session.write(`<stream:error>${error}</stream:error></stream:stream>`);
    session.socket.end();
    expect(await stream.closed).toEqual(reason);
    expect(closed).toEqual([reason]);
  });

  it('comes when the server falls silent', async () => {
    const { session, stream } = await start({ keepAliveIntervalMs: 20 });
    session.answersRequests = false;
    expect(await stream.closed).toEqual({ kind: 'lost', cause: 'the server has gone silent' });
    await session.until(() => session.gone);
  });

  it('does not come from quiet alone, nor from a stall of our own', async () => {
    const { session, closed } = await start({ keepAliveIntervalMs: 100 });
    await session.until(() => session.named('r').length === 1);
    const end = performance.now() + 250;
    while (performance.now() < end);
    await session.until(() => session.named('r').length === 4);
    expect(closed).toEqual([]);
  });
});
