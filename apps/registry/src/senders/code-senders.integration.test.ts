import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, systemClock } from '@multiconnect/clock';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CodeNotSent } from '../errors.ts';
import type { CodeMessage, CodeSender } from './code-sender.ts';
import { createHttpCodeSender, type HttpCodeSenderOptions } from './http-code-sender.ts';
import { createLogCodeSender } from './log-code-sender.ts';

const message: CodeMessage = { number: '16315550000', method: 'sms', code: '012345' };

interface Sending {
  readonly sender: CodeSender;
  /** What arrived at the other end so far. */
  readonly arrived: () => Promise<readonly unknown[]>;
}

async function logSending(): Promise<Sending> {
  const folder = await mkdtemp(join(tmpdir(), 'codes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'codes');
  const text = async () => (await readFile(file, 'utf8')).trim().split('\n');
  return {
    sender: createLogCodeSender({ file, clock: systemClock }),
    arrived: async () => (await text()).map((line) => JSON.parse(line) as unknown),
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** A provider that answers with the given statuses, the last one for good; 0 hangs up, -1 never answers. */
async function httpSending(statuses: readonly number[], options: Partial<HttpCodeSenderOptions> = {}): Promise<Sending> {
  const arrived: unknown[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      arrived.push(body);
      const status = statuses[Math.min(arrived.length, statuses.length) - 1] ?? 200;
      if (status === 0) request.socket.destroy();
      else if (status > 0) response.writeHead(status).end('sent');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/codes`;
  const sender = createHttpCodeSender({ url, clock: systemClock, ...options });
  onTestFinished(async () => {
    await sender.close();
    server.closeAllConnections();
    server.close();
  });
  return { sender, arrived: () => Promise.resolve(arrived) };
}

async function brokenLogSending(): Promise<Sending> {
  return { ...(await logSending()), sender: createLogCodeSender({ file: '/nowhere/codes', clock: systemClock }) };
}

describe.each([
  { name: 'log file', works: logSending, fails: brokenLogSending },
  { name: 'HTTP', works: () => httpSending([204]), fails: () => httpSending([400]) },
])('a code sender: $name', ({ works, fails }) => {
  it('brings number, method and code to the other end, each message once and whole', async () => {
    const { sender, arrived } = await works();
    const messages = Array.from({ length: 20 }, (_, index) => ({ ...message, method: 'voice' as const, code: String(100_000 + index) }));
    await Promise.all(messages.map((each) => sender.send(each)));
    const sent = [...(await arrived())].sort((a, b) => Number((a as CodeMessage).code) - Number((b as CodeMessage).code));
    expect(sent).toMatchObject(messages);
    expect(sent).toHaveLength(20);
  });

  it('rejects when it cannot, without naming the code', async () => {
    const { sender } = await fails();
    const error: unknown = await sender.send(message).catch((rejection: unknown) => rejection);
    expect(error).toBeInstanceOf(CodeNotSent);
    expect(String(error)).not.toContain(message.code);
  });
});

describe('the log file', () => {
  it('says when, and is for its owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codes-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'codes');
    await createLogCodeSender({ file, clock: createFakeClock({ startMs: 0 }) }).send(message);
    expect(await readFile(file, 'utf8')).toBe(`${JSON.stringify({ at: '1970-01-01T00:00:00.000Z', ...message })}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('HTTP', () => {
  it.each([[500], [429], [0]])('tries again after %i', async (status) => {
    const { sender, arrived } = await httpSending([status, status, 200]);
    await sender.send(message);
    expect(await arrived()).toHaveLength(3);
  });

  it('gives up after three times', async () => {
    const { sender, arrived } = await httpSending([503]);
    await expect(sender.send(message)).rejects.toThrow('the provider answers 503');
    expect(await arrived()).toHaveLength(3);
  });

  it('does not repeat what the provider refuses', async () => {
    const { sender, arrived } = await httpSending([403]);
    await expect(sender.send(message)).rejects.toThrow('the provider answers 403');
    expect(await arrived()).toHaveLength(1);
  });

  it('gives up on a provider that never answers', async () => {
    const { sender } = await httpSending([-1], { timeoutMs: 20, attempts: 2 });
    await expect(sender.send(message)).rejects.toThrow('the provider does not answer');
  });
});
