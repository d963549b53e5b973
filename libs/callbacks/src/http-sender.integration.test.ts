import type { LookupFunction } from 'node:net';
import { createFakeClock, systemClock } from '@multiconnect/clock';
import { createEgressRule, noPrivateDestinations } from '@multiconnect/egress';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCallbackDelivery } from './delivery.ts';
import { createHttpCallbackSender, type HttpCallbackSenderOptions } from './http-sender.ts';
import type { CallbackRequest } from './sender.ts';
import { signWebhook, webhookKeyOf } from './signature.ts';
import { createMemoryQueue } from './testing/memory-queue.ts';
import { selfSignedIdentity, startReceiver, startTlsReceiver, type Receiver } from './testing/receiver.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const never = new AbortController().signal;

function setUp(overrides: Partial<HttpCallbackSenderOptions> = {}) {
  const sender = createHttpCallbackSender({ timeoutMs: 5000, secret, clock: systemClock, egress: createEgressRule('all'), ...overrides });
  onTestFinished(() => sender.close());
  return sender;
}

async function receiving(started: Promise<Receiver>): Promise<Receiver> {
  const receiver = await started;
  onTestFinished(() => receiver.close());
  return receiver;
}

const callbackTo = (url: string): CallbackRequest => ({
  url,
  eventId: 'gBGG-delivered',
  trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  event: { kind: 'status_change', id: 'gBGG', recipient_id: '16315551001', status: 'delivered', timestamp: 1_628_771_977 },
});

const status = (code: number) => (response: { writeHead(code: number): { end(): void } }) => response.writeHead(code).end();

describe('createHttpCallbackSender', () => {
  it.each([null, {}, { kind: 'unheard of' }])('sends nothing of a row that is no event, %j, and says that it never will', async (event) => {
    const receiver = await receiving(startReceiver(status(200)));
    const callback = { ...callbackTo(receiver.url), event: event as never };
    expect(await setUp().send(callback, never)).toEqual({ ok: false, reason: 'unrenderable', isFinal: true });
    expect(receiver.received).toEqual([]);
  });

  it("posts the documented body, signed, with the event's id and trace [callback.delivery.post] [callback.delivery.no_envelope] [callback.delivery.signature]", async () => {
    const receiver = await receiving(startReceiver(status(200)));
    expect(await setUp().send(callbackTo(receiver.url), never)).toEqual({ ok: true });
    const [{ body, headers }] = receiver.received as [(typeof receiver.received)[0]];
    expect(JSON.parse(body)).toEqual({
      statuses: [{ id: 'gBGG', recipient_id: '16315551001', status: 'delivered', timestamp: '1628771977' }],
    });
    const signature = signWebhook(webhookKeyOf(secret), 'gBGG-delivered', Number(headers['webhook-timestamp']), body);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'gBGG-delivered',
      'webhook-signature': signature,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
  });

  it.each([201, 202, 204, 400, 404, 500, 503])('takes %i for a failure: only 200 counts [callback.delivery.only_200]', async (code) => {
    const receiver = await receiving(startReceiver(status(code)));
    expect(await setUp().send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: `http-${code}` });
  });

  it.each([
    ['an address', '127.0.0.1', undefined],
    ['a spelling of one', '2130706433', undefined],
    ['a name that leads to one', 'hooks.example', '127.0.0.1'],
    ['a name that leads to one in IPv6', 'hooks.example', '::ffff:127.0.0.1'],
  ])('sends nothing to %s that the operator has not allowed, and says why [callback.delivery.private_address]', async (_what, host, address) => {
    const receiver = await receiving(startReceiver(status(200)));
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, [{ address: address ?? '127.0.0.1', family: address?.includes(':') === true ? 6 : 4 }]);
    const url = receiver.url.replace('127.0.0.1', host);
    const refused = setUp({ egress: createEgressRule(noPrivateDestinations), lookup });
    expect(await refused.send(callbackTo(url), never)).toEqual({ ok: false, reason: 'address-not-public' });
    expect(receiver.received).toEqual([]);
    const allowed = setUp({ egress: createEgressRule({ networks: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }], hosts: [] }), lookup });
    expect(await allowed.send(callbackTo(url), never)).toEqual({ ok: true });
  });

  it('does not follow redirects [callback.delivery.no_redirects]', async () => {
    const receiver = await receiving(startReceiver((response) => response.writeHead(307, { location: '/elsewhere' }).end()));
    expect(await setUp().send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: 'http-307' });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('gives up on a receiver that takes the request and never answers', async () => {
    const clock = createFakeClock();
    const receiver = await receiving(startReceiver(() => void clock.advance(5000)));
    expect(await setUp({ clock }).send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: 'timeout' });
  });

  it('is cut off by its caller', async () => {
    const caller = new AbortController();
    const receiver = await receiving(startReceiver(() => caller.abort()));
    expect(await setUp().send(callbackTo(receiver.url), caller.signal)).toEqual({ ok: false, reason: 'aborted' });
  });

  it('names a receiver that is not there, that hangs up, and a URL that is none', async () => {
    const receiver = await receiving(startReceiver((response) => response.socket?.destroy()));
    const sender = setUp();
    expect(await sender.send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: 'reset' });
    await receiver.close();
    expect(await sender.send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: 'refused' });
    expect(await sender.send(callbackTo('http://'), never)).toEqual({ ok: false, reason: 'bad-url' });
  });

  it('takes a 200 whatever its body, and reads a bounded part of it', async () => {
    const endless = await receiving(
      startReceiver((response) => {
        response.writeHead(200);
        const more = () => {
          while (response.write(Buffer.alloc(16_384)));
          response.once('drain', more);
        };
        more();
      }),
    );
    expect(await setUp().send(callbackTo(endless.url), never)).toEqual({ ok: true });
  });

  it('keeps connections alive and uses them again', async () => {
    const receiver = await receiving(startReceiver((response) => response.writeHead(200).end('thanks')));
    const sender = setUp();
    for (let count = 0; count < 20; count += 1) await sender.send(callbackTo(receiver.url), never);
    expect(receiver.connections()).toBeLessThanOrEqual(2);
  });

  it('verifies certificates, and trusts an authority from when it is told to until it is told not to [callback.delivery.ca]', async () => {
    const identity = selfSignedIdentity();
    const receiver = await receiving(startTlsReceiver(status(200), identity));
    const sender = setUp();
    expect(await sender.send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: 'certificate' });
    expect(receiver.received).toEqual([]);
    const before = sender.generation;
    sender.trust(identity.cert);
    expect(sender.generation).not.toBe(before);
    expect(await sender.send(callbackTo(receiver.url), never)).toEqual({ ok: true });
    sender.trust(undefined);
    expect(await sender.send(callbackTo(receiver.url), never)).toEqual({ ok: false, reason: 'certificate' });
  });

  it('lets what is in flight finish when it is to trust others', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const receiver = await receiving(
      startReceiver((response) => {
        arrived.resolve(undefined);
        void release.promise.then(() => response.writeHead(200).end());
      }),
    );
    const sender = setUp();
    const sent = sender.send(callbackTo(receiver.url), never);
    await arrived.promise;
    sender.trust(selfSignedIdentity().cert);
    release.resolve(undefined);
    expect(await sent).toEqual({ ok: true });
  });
});

describe('delivery over HTTP', () => {
  it('repeats a callback under its own id until it is answered 200, and only then sends what is behind it [callback.delivery.at_least_once] [faq.callback_duplicates] [callback.delivery.head_of_line]', async () => {
    let failures = 2;
    const queue = createMemoryQueue();
    const isDone = new Promise<void>((resolve) => {
      const remove = queue.delivered.bind(queue);
      queue.delivered = async (tenure, seqs) => {
        await remove(tenure, seqs);
        if (queue.rows.size === 0) resolve();
      };
    });
    const receiver = await receiving(startReceiver((response) => response.writeHead(failures-- > 0 ? 500 : 200).end()));
    for (const seq of [1, 2, 3]) queue.commit(seq, 'ann', Date.now());
    const silent = () => undefined;
    const delivery = runCallbackDelivery({
      tenure: { account: 1, shard: 0, epoch: 1 },
      slots: [0],
      queue,
      sender: setUp(),
      settings: () => ({
        url: receiver.url,
        maxConcurrentRequests: 6,
        backoffDelayMs: 1,
        maxBackoffDelayMs: 5,
        deadAfterMs: 60_000,
      }),
      clock: systemClock,
      log: { isLevelEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent },
    });
    await isDone;
    await delivery.stop();
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(['e1', 'e1', 'e1', 'e2', 'e3']);
  });
});
