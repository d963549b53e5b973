import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCertificate } from './certificate.ts';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp } from './testing/webapp.ts';

const message = { to: '16315551001', text: { body: 'cAnArY' } };

describe('while the database is away', () => {
  let webapp: TestWebapp;
  let token: string;

  beforeAll(async () => {
    webapp = await startTestWebapp();
    token = await webapp.adminToken();
  });
  afterAll(() => webapp.close());

  it('requests are answered 503/1016 with Retry-After, and pass when it is back [error.1016]', async () => {
    webapp.proxy.cut();
    for (const [method, path, json] of [
      ['POST', '/v1/messages', message],
      ['GET', '/v1/settings/application', undefined],
      ['POST', '/v1/users', { username: 'oper', password: 'Us3r-Password!' }],
    ] as const) {
      const answer = await webapp.request(method, path, { token, json });
      expect([path, answer.status, answer.json.errors]).toEqual([
        path,
        503,
        [{ code: 1016, title: 'System overloaded', details: 'The database is not available' }],
      ]);
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(webapp.lines.join()).not.toContain('cAnArY');
    webapp.proxy.mend();
    expect((await webapp.request('POST', '/v1/messages', { token, json: message })).status).toBe(201);
  });

  it('no 201 stands for a message that is not stored, and no stored one is lost, when connections break under load', async () => {
    const outcomes: { status: number; id: string | undefined }[] = [];
    const send = async () => {
      const answer = await webapp.request('POST', '/v1/messages', { token, json: message });
      outcomes.push({ status: answer.status, id: (answer.json['messages'] as [{ id: string }] | undefined)?.[0].id });
    };
    for (let round = 0; round < 5; round += 1) {
      const requests = Array.from({ length: 50 }, send);
      webapp.proxy.breakAll();
      await Promise.all(requests);
    }
    const accepted = outcomes.filter(({ status }) => status === 201).map(({ id }) => id);
    const { rows } = await webapp.pool.query<{ count: string }>('SELECT count(*) FROM message WHERE id = ANY ($1)', [accepted]);
    expect(Number(rows[0]?.count)).toBe(accepted.length);
    for (const { status } of outcomes) expect([201, 503]).toContain(status);
  });
});

describe('closing', () => {
  it('answers what is under way, and takes nothing new', async () => {
    const webapp = await startTestWebapp();
    const token = await webapp.adminToken();
    const arrival = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    webapp.cluster.handlers.coreapp = {
      'contacts.check': async () => {
        arrival.resolve(undefined);
        await release.promise;
        return [];
      },
    };
    const underWay = webapp.request('POST', '/v1/contacts', { token, json: { contacts: ['+16315551001'] } });
    await arrival.promise;
    const closed = webapp.application.close();
    await expect
      .poll(async () => {
        const socket = connect(webapp.application.port, '127.0.0.1');
        const outcome = await once(socket, 'connect').then(
          () => 'open',
          () => 'refused',
        );
        socket.destroy();
        return outcome;
      })
      .toBe('refused');
    release.resolve(undefined);
    expect((await underWay).status).toBe(200);
    await closed;
    await webapp.close();
  });
});

describe('webapps that start together', () => {
  it('share one certificate and one admin', async () => {
    const webapp = await startTestWebapp();
    try {
      await webapp.pool.query('DELETE FROM certificate');
      await webapp.pool.query('DELETE FROM api_user');
      const certificates = await Promise.all(Array.from({ length: 4 }, () => sharedCertificate(webapp.store.certificates)));
      expect(new Set(certificates.map(({ cert, key }) => cert + key)).size).toBe(1);
      await Promise.all(Array.from({ length: 4 }, () => webapp.services.users.administration.ensureAdmin()));
      const { rows } = await webapp.pool.query<{ username: string; must_change: boolean }>('SELECT username, must_change FROM api_user');
      expect(rows).toEqual([{ username: 'admin', must_change: true }]);
    } finally {
      await webapp.close();
    }
  });
});
