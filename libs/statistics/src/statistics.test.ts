import { ApiError } from '@multiconnect/contract';
import { createMetrics, Histogram } from '@multiconnect/telemetry';
import { describe, expect, it } from 'vitest';
import { createCoreappStatistics, createProcessStatistics, databaseFamilies, familiesOf, internalDatabaseFamilies } from './index.ts';

describe('the figures of a coreapp', () => {
  it('have all the documented names from the start, with nothing counted', async () => {
    const families = await createCoreappStatistics().families();
    expect(Object.keys(families).toSorted()).toEqual([
      'callback_queue_size', 'callback_requests', 'callback_requests_duration_ms_count', 'callback_requests_duration_ms_sum',
      'concurrent_rate_limit_triggered', 'db_request_duration_us_count', 'db_request_duration_us_sum', 'db_request_error_duration_us_count',
      'db_request_error_duration_us_sum', 'endpoint_requests', 'endpoint_requests_duration_ms_count', 'endpoint_requests_duration_ms_sum',
      'in_message_decoded', 'in_message_from_server', 'in_message_persisted', 'in_messages_pending_processing',
      'internal_server_conn_duration_ms_count', 'internal_server_conn_duration_ms_sum', 'internal_server_requests_duration_ms_count',
      'internal_server_requests_duration_ms_sum', 'message_requests', 'pending_messages', 'uptime',
    ]);
    for (const { data } of Object.values(families)) for (const { value } of data) expect(value).toBe(0);
  });

  it('tell attempts at callbacks by the HTTP status, by `success`, and by 1 for what was no answer [stats.app.callback_requests] [stats.app.callback_requests_duration_ms]', async () => {
    const statistics = createCoreappStatistics();
    statistics.callbackAttempt('status_change', undefined, 20);
    statistics.callbackAttempt('status_change', undefined, 30);
    statistics.callbackAttempt('inbound_message', 'http-503', 5);
    statistics.callbackAttempt('inbound_message', 'timeout', 10_000);
    const families = await statistics.families();
    expect(families['callback_requests_duration_ms_count']).toMatchObject({ type: 'counter', data: [
      { labels: { result: 'success', type: 'status_change' }, value: 2 },
      { labels: { result: '503', type: 'inbound_message' }, value: 1 },
      { labels: { result: '1', type: 'inbound_message' }, value: 1 },
    ] });
    expect(families['callback_requests_duration_ms_sum']?.data[0]?.value).toBe(50);
    expect(families['callback_requests']?.data).toHaveLength(3);
  });

  it('tell statements by their store, and failed ones apart [stats.app.db_request_duration_us] [stats.app.db_request_error_duration_us]', async () => {
    const statistics = createCoreappStatistics();
    statistics.statement('callbacks-due', 1.5, false);
    statistics.statement('inbox-take', 2, true);
    const families = await statistics.families();
    expect(families['db_request_duration_us_sum']?.data).toEqual([{ labels: { db: 'callbackStore', request: 'callbacks-due' }, value: 1500 }]);
    expect(families['db_request_error_duration_us_count']?.data).toEqual([{ labels: { db: 'jobqueueStore', request: 'inbox-take' }, value: 1 }]);
  });

  it('tell accepted messages as requests of their endpoint', async () => {
    const statistics = createCoreappStatistics();
    statistics.sent(['text', 'image', 'text'], 90);
    const families = await statistics.families();
    const labels = { method: 'POST', endpoint: 'messages', result: 'success' };
    expect(families['endpoint_requests']?.data).toEqual([{ labels, value: 3 }]);
    expect(families['endpoint_requests_duration_ms_sum']?.data).toEqual([{ labels, value: 90 }]);
    expect(families['message_requests']?.data).toContainEqual({ labels: { type: 'text' }, value: 2 });
  });
});

describe('calls between processes', () => {
  it('are counted by their endpoint, with `success` or the code of the error [stats.app.endpoint_requests] [stats.app.endpoint_requests_duration_ms]', async () => {
    const statistics = createProcessStatistics();
    const handlers = statistics.counted({
      'contacts.check': () => Promise.resolve([]),
      'registration.verify': () => Promise.reject(new ApiError('notPrimaryMaster')),
      'support.get': () => Promise.reject(new TypeError('x')),
    });
    const call = (pattern: keyof typeof handlers) => (handlers[pattern] as (request: object, context: object) => Promise<unknown>)({}, {});
    await call('contacts.check');
    await expect(call('registration.verify')).rejects.toThrow(ApiError);
    await expect(call('support.get')).rejects.toThrow(TypeError);
    const families = await statistics.families();
    expect(families['endpoint_requests']?.data.map(({ labels, value }) => [...Object.values(labels), value])).toEqual([
      ['POST', 'contacts', 'success', 1], ['POST', 'account/verify', '1017', 1], ['GET', 'support', '1000', 1],
    ]);
    expect(families['endpoint_requests_duration_ms_count']?.data).toHaveLength(3);
  });
});

describe('the figures of the database', () => {
  it('stand under the documented names [stats.db.db_contacts] [stats.db.db_messages] [stats.db.db_message_receipts] [stats.db.db_pending_messages] [stats.db.db_pending_callbacks]', () => {
    const counts = { contacts: { valid: 4, invalid: 1 }, messages: { 0: 1, 1: 2, 2: 4, 3: 8, 4: 16, 10: 32 }, pendingCallbacks: 5, deadCallbacks: 0, deadMessages: 0, deadStanzas: 0, inbox: 0, ciphertexts: 0, sessions: 0 };
    const valuesOf = Object.fromEntries(Object.entries(databaseFamilies(counts)).map(([name, { data }]) => [name, data.map(({ value }) => value)]));
    expect(valuesOf).toEqual({ db_contacts: [4, 1], db_messages: [63], db_message_receipts: [40], db_pending_messages: [3], db_pending_callbacks: [5] });
    expect(databaseFamilies({ ...counts, contacts: {}, messages: {} })['db_contacts']?.data[0]).toEqual({ labels: { type: 'whatsapp_user' }, value: 0 });
  });

  it('count dead letters by kind, under a name of ours [deadletters.counted]', () => {
    const counts = { contacts: {}, messages: {}, pendingCallbacks: 0, deadCallbacks: 1, deadMessages: 2, deadStanzas: 3, inbox: 0, ciphertexts: 0, sessions: 0 };
    const data = internalDatabaseFamilies(counts)['db_dead_letters']?.data.map(({ labels, value }) => [labels['kind'], value]);
    expect(data).toEqual([['callback', 1], ['message', 2], ['stanza', 3]]);
  });
});

describe('a registry', () => {
  it('shows of a histogram its count and sum, and nothing that is no number', async () => {
    const registry = createMetrics({ process: 'coreapp', node: 'wacore1' });
    const histogram = new Histogram({ name: 'took_seconds', help: 'Time', buckets: [1], registers: [registry] });
    histogram.observe(3);
    const families = await familiesOf(registry);
    expect(families['took_seconds_sum']).toEqual({ type: 'counter', help: 'Time', data: [{ labels: { process: 'coreapp', node: 'wacore1' }, value: 3 }] });
    expect(Object.keys(families).filter((name) => name.startsWith('took'))).toEqual(['took_seconds_sum', 'took_seconds_count']);
    for (const { data } of Object.values(families)) for (const { value } of data) expect(value).toSatisfy(Number.isFinite);
  });
});
