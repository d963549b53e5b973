import { readFileSync } from 'node:fs';
import { memoryStorage, openPhone, type Phone, signUpPhones } from '@multiconnect/phone';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus, isTextFrom } from './support/callbacks.ts';
import { type CollectedSpan, type Collector, exportingTo, startCollector, treeOf } from './support/collector.ts';
import { logLines, type LogLine, parsedLines } from './support/logs.ts';
import { networkOf } from './support/network.ts';
import { freshNumber } from './support/numbers.ts';
import { ownerOf, shardOf } from './support/ownership.ts';
import { type RedisWatch, watchRedis } from './support/redis-watch.ts';
import { until } from './support/traffic.ts';

const shards = 2;
const customer = freshNumber();
const limitMs = 30_000;

const openPhoneOf = async (business: Business, number: string, onShown: (text: string) => void = () => undefined): Promise<Phone> => {
  const { registryUrl, secrets } = business.cluster;
  const operatorToken = readFileSync(secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl, operatorToken, numbers: [number] });
  if (account === undefined) throw new Error('no phone was signed up');
  return openPhone({ ...account, ...networkOf(business.cluster), storage: memoryStorage(), onMessage: ({ text }) => onShown(text) });
};

describe('a message that is traced, at level debug,', () => {
  /** What people write to each other here; it must be found nowhere but on the screens and in the callback. */
  const texts = { out: 'Cormorant7Gannet', in: 'Kittiwake9Fulmar', refused: 'Guillemot3Puffin' };
  const statuses = ['sent', 'delivered', 'read'] as const;
  let business: Business;
  let collector: Collector;
  let redis: RedisWatch;
  let phone: Phone;
  let id: string;
  let trace: readonly CollectedSpan[];
  let isDeliveredRefused = false;

  const textsIn = (lines: readonly string[]) => Object.values(texts).filter((text) => lines.some((line) => line.includes(text)));

  beforeAll(async () => {
    collector = await startCollector();
    business = await openBusiness({
      shards,
      coreapps: 2,
      environment: { ...exportingTo(collector), MULTICONNECT_LOG_LEVEL: 'debug' },
      // The first attempt to tell of a delivery fails.
      answer(callback) {
        if (isDeliveredRefused || !String(callback.headers['webhook-id']).endsWith('-delivered')) return 200;
        isDeliveredRefused = true;
        return 500;
      },
    });
    redis = await watchRedis(business.cluster.services.redisUrl);
    phone = await openPhoneOf(business, customer);
  });
  afterAll(async () => {
    await phone.close();
    redis.stop();
    await business.close();
    await collector.stop();
  });

  it('waits in Redis as its id alone', async () => {
    const owner = await ownerOf(business.cluster, shardOf(customer, shards));
    await owner.kill('SIGSTOP');
    id = await business.sendText(customer, texts.out);
    const hint = expect.stringMatching(new RegExp(`outbound-.*${id}`)) as string;
    await vi.waitFor(async () => expect(await redis.contents()).toContainEqual(hint), { timeout: limitMs });
    expect(textsIn(await redis.contents())).toEqual([]);
    await owner.kill('SIGCONT');
  });

  it('is one trace through webapp, queue, coreapp, chat server, phone and the callbacks', async () => {
    await business.sink.waitFor(isStatus(id, 'delivered'));
    phone.markRead(id);
    await business.sink.waitFor(isStatus(id, 'read'));
    const collected = () => {
      const root = collector.spans.find((span) => span.attributes['messaging.message.id'] === id && span.kind === 'SERVER');
      return collector.spans.filter((span) => span.traceId === root?.traceId);
    };
    const expected = 10;
    await until(() => collected().length >= expected, limitMs, () => `of ${expected} spans only\n${treeOf(collected())}`);
    trace = collected();
    console.log(treeOf(trace));

    const shard = shardOf(customer, shards);
    const outline = (span: CollectedSpan) => [span.resource['service.name'], span.kind, span.name].join(' ');
    const [root, ...rest] = [...trace].sort((a, b) => Number(a.parentSpanId !== undefined) - Number(b.parentSpanId !== undefined));
    expect(root && outline(root)).toBe('webapp SERVER POST /v1/messages');
    expect(rest.map(outline).sort()).toEqual([
      'coreapp CLIENT POST callback',
      'coreapp CLIENT POST callback',
      'coreapp CLIENT POST callback',
      'coreapp CLIENT POST callback',
      'coreapp CONSUMER message delivered',
      'coreapp CONSUMER message read',
      'coreapp CONSUMER message sent',
      `coreapp CONSUMER receive outbound-1-${shard}`,
      'coreapp PRODUCER send message',
    ]);
    expect(new Set(rest.map((span) => span.parentSpanId))).toEqual(new Set([root?.spanId]));
    expect(new Set(rest.map((span) => span.resource['process.pid'])).has(root?.resource['process.pid'])).toBe(false);
    for (const { attributes } of trace) {
      expect(attributes).toMatchObject({ 'messaging.system': 'multiconnect', 'messaging.message.id': id, 'multiconnect.shard': shard });
    }
    for (const { attributes, resource } of rest) {
      expect(attributes['multiconnect.epoch']).toEqual(expect.any(Number));
      expect(resource).toMatchObject({ 'service.namespace': 'multiconnect', 'service.instance.id': expect.stringMatching(/^coreapp\d$/) as string });
    }
    const operations = rest.filter((span) => span.kind !== 'CLIENT').map(({ attributes }) => attributes['messaging.operation.type']);
    expect(operations.sort()).toEqual(['receive', 'send', 'settle', 'settle', 'settle']);
    const times = ['POST /v1/messages', `receive outbound-1-${shard}`, 'send message', 'message sent', 'message delivered', 'message read'].map(
      (name) => trace.find((span) => span.name === name)?.endMs ?? NaN,
    );
    expect(times.slice(1)).toEqual(times.slice(1).sort((a, b) => a - b));
    expect(rest.every((span) => span.startMs >= (root?.startMs ?? 0) - 1 && span.endMs >= span.startMs)).toBe(true);
  });

  it('has a span for each callback attempt, which the receiver can go on from', () => {
    const attempts = trace.filter((span) => span.name === 'POST callback').sort((a, b) => a.startMs - b.startMs);
    const facts = attempts.map(({ attributes, isError }) => ({
      event: attributes['multiconnect.callback.id'],
      attempt: attributes['multiconnect.callback.attempt'],
      result: attributes['multiconnect.callback.result'],
      status: attributes['http.response.status_code'],
      isError,
    }));
    expect(facts).toEqual([
      { event: `${id}-sent`, attempt: 1, result: 'success', status: 200, isError: false },
      { event: `${id}-delivered`, attempt: 1, result: 'http-500', status: 500, isError: true },
      { event: `${id}-delivered`, attempt: 2, result: 'success', status: 200, isError: false },
      { event: `${id}-read`, attempt: 1, result: 'success', status: 200, isError: false },
    ]);
    expect(attempts[2]?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.request.resend_count': 1,
      'server.address': '127.0.0.1',
      'server.port': business.sink.port,
      'multiconnect.callback.kind': 'status_change',
    });
    const received = statuses.flatMap((status) => business.sink.callbacks.filter(isStatus(id, status)));
    expect(received.map(({ headers }) => headers['traceparent'])).toEqual(attempts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`));
  });

  it('leaves a log line at each step with its id, shard, epoch and trace', async () => {
    await phone.send(business.number, texts.in);
    const reply = await business.sink.waitFor(isTextFrom(customer, texts.in));
    const replyId = (reply.body as { messages: { id: string }[] }).messages[0]?.id;
    const linesOf = (messageId: string | undefined) => parsedLines(business.cluster).filter((line) => line.message_id === messageId);
    const about = (line: LogLine) => ({ level: line.level, process: line.process, shard: line.shard, epoch: line.epoch, trace_id: line.trace_id, msg: line.msg });
    const epoch = trace.find((span) => span.name === 'send message')?.attributes['multiconnect.epoch'];
    const facts = { level: 'debug', process: 'coreapp', shard: shardOf(customer, shards), epoch };
    const steps = ['message written to the chat server', ...statuses.map((status) => `message ${status}`), ...Array<string>(4).fill('callback attempted')];
    const expected = steps.map((msg) => ({ ...facts, trace_id: trace[0]?.traceId, msg }));
    expect(linesOf(id).map(about)).toHaveLength(expected.length);
    expect(linesOf(id).map(about)).toEqual(expect.arrayContaining(expected));
    await until(() => linesOf(replyId).length === 2, limitMs, () => `lines of the reply: ${JSON.stringify(linesOf(replyId))}`);
    expect(linesOf(replyId).map(about)).toEqual(['message received', 'callback attempted'].map((msg) => ({ ...facts, trace_id: undefined, msg })));
  });

  it('is watched by probes and metrics at every process', async () => {
    const { processes } = business.cluster;
    expect(processes.map(({ role }) => role)).toEqual(['registry', 'master', 'master', 'coreapp', 'coreapp', 'webapp']);
    for (const { name, metricsUrl } of processes) {
      const answers = await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => fetch(`${metricsUrl}${path}`)));
      expect(answers.map(({ status }) => status), name).toEqual([200, 200, 200]);
      const metrics = await answers[2]?.text();
      expect(metrics, name).toMatch(new RegExp(`^nodejs_eventloop_lag_seconds\\{.*node="${name}".*\\} `, 'm'));
    }
  });

  it('leaves its text in no span, no log line and nowhere in Redis, though requests are refused too', async () => {
    const malformed = { to: customer, type: 'text', text: { body: texts.refused, sound: texts.refused } };
    await expect(business.gateway.call(business.token, 'POST', '/v1/messages', malformed)).rejects.toThrow(/400/);
    await expect(business.gateway.call(business.token, 'POST', `/v1/${texts.refused}`, { [texts.refused]: 1 })).rejects.toThrow(/404/);
    const contents = await redis.contents();
    await business.cluster.stop();

    const lines = logLines(business.cluster);
    expect(textsIn(lines)).toEqual([]);
    expect(textsIn(collector.bodies)).toEqual([]);
    expect(textsIn(contents)).toEqual([]);
    expect(textsIn(redis.commands)).toEqual([]);
    // The same search finds what may stand there.
    expect([lines, collector.bodies, redis.commands].map((place) => place.some((one) => one.includes(id)))).toEqual([true, true, true]);
    expect(contents.some((content) => content.includes(business.cluster.redisPrefix))).toBe(true);
    expect(textsIn(business.sink.callbacks.map(({ rawBody }) => rawBody))).toEqual([texts.in]);
    for (const line of parsedLines(business.cluster)) {
      expect(line).toMatchObject({ level: expect.any(String) as string, process: expect.any(String) as string, node: expect.any(String) as string });
    }
  });
});

describe('at level info', () => {
  const messages = 50;
  let business: Business;

  beforeAll(async () => {
    business = await openBusiness({ shards, coreapps: 2, environment: { MULTICONNECT_LOG_LEVEL: 'info' } });
  });
  afterAll(() => business.close());

  it('nothing is logged for a message that goes well', async () => {
    const number = freshNumber();
    const phone = await openPhoneOf(business, number);
    await business.sink.waitFor(isStatus(await business.sendText(number, 'first'), 'delivered'));
    const before = logLines(business.cluster).length;
    const ids: string[] = [];
    for (let count = 0; count < messages; count += 1) ids.push(await business.sendText(number, `message ${count}`));
    for (let count = 0; count < messages; count += 1) await phone.send(business.number, `reply ${count}`);
    for (const id of ids) await business.sink.waitFor(isStatus(id, 'delivered'));
    await business.sink.waitFor(isTextFrom(number, `reply ${messages - 1}`));
    await phone.close();
    const lines = logLines(business.cluster);
    expect(lines.filter((line) => ids.some((id) => line.includes(id)) || line.includes(number))).toEqual([]);
    // What the cluster logs of itself meanwhile does not grow with the messages.
    expect(lines.length - before).toBeLessThan(messages / 5);
  });
});
