import { Agent, request } from 'undici';
import type { Exchange } from './fuzzer.ts';

const lanes = 8;

/** Sends recorded requests once more; resolves with their statuses, in their order. */
export async function replay(exchanges: readonly Exchange[], url: string, authorization: string): Promise<readonly number[]> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const statuses: number[] = [];
  const send = async ({ method, path, contentType, body }: Exchange, index: number) => {
    const headers = { authorization, ...(contentType !== undefined && contentType !== '' && { 'content-type': contentType }) };
    const answer = await request(`${url}${path}`, { method: method as 'POST', dispatcher, headers, body: body ?? null });
    await answer.body.dump();
    statuses[index] = answer.statusCode;
  };
  const waiting = exchanges.entries();
  const lane = async () => {
    for (const [index, exchange] of waiting) await send(exchange, index);
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
    return statuses;
  } finally {
    await dispatcher.close();
  }
}
