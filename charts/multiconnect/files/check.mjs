// What `helm test` runs in a Pod: the API answers over HTTPS, and every process behind the metrics Service is ready.
// Environment: API_HOST, API_PORT, METRICS_HOST, METRICS_PORT, PROCESSES (how many must be ready).
import { lookup } from 'node:dns/promises';
import { get as getOverTls } from 'node:https';
import { get } from 'node:http';

const { API_HOST, API_PORT, METRICS_HOST, METRICS_PORT, PROCESSES } = process.env;
const timeout = 10_000;

const statusOf = (request, options) =>
  new Promise((resolve, reject) => {
    const sent = request({ timeout, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${options.host} within ${timeout} ms`)));
    sent.on('error', reject);
  });

// The certificate is self-signed until one is uploaded; what is checked here is that the API answers.
const api = await statusOf(getOverTls, { host: API_HOST, port: API_PORT, path: '/v1/openapi.json', rejectUnauthorized: false });
if (api !== 200) throw new Error(`the API answers ${api}`);
console.log(`the API answers at ${API_HOST}:${API_PORT}`);

const addresses = (await lookup(METRICS_HOST, { all: true })).map(({ address }) => address);
const statuses = await Promise.all(addresses.map((host) => statusOf(get, { host, port: METRICS_PORT, path: '/readyz' }).catch((error) => error.code)));
addresses.forEach((address, index) => console.log(`${address} ${statuses[index] === 200 ? 'is ready' : `is not ready (${statuses[index]})`}`));
const ready = statuses.filter((status) => status === 200).length;
if (ready < Number(PROCESSES)) throw new Error(`${ready} processes are ready, ${PROCESSES} should be`);
