import { type ApiClientOptions } from '@multiconnect/client';
import { Agent, fetch } from 'undici';

const anyCertificate = new Agent({ connect: { rejectUnauthorized: false } });

/** Reaches a cluster's API, whose certificate is its own. */
export const apiAt = (url: string): ApiClientOptions => ({
  url,
  async fetch(request) {
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer());
    return fetch(request.url, { method: request.method, headers: [...request.headers], body, dispatcher: anyCertificate });
  },
});
