import type { ClusterProcess } from '@multiconnect/local';
import { until } from './traffic.ts';

/** What a load balancer knows of the webapps: which of them say that they are ready. */
export interface Balancer {
  /** Of the ready webapps, kept up to date in place. */
  readonly urls: readonly string[];
  /** Resolves once the webapp is among them. */
  uses(webapp: ClusterProcess): Promise<void>;
  stop(): Promise<void>;
}

const lookEveryMs = 100;
const lookLimitMs = 1_000;
const useLimitMs = 30_000;

const urlOf = ({ port }: ClusterProcess) => `https://127.0.0.1:${port}`;

const isReady = async ({ metricsUrl }: ClusterProcess): Promise<boolean> => {
  try {
    return (await fetch(`${metricsUrl}/readyz`, { signal: AbortSignal.timeout(lookLimitMs) })).ok;
  } catch {
    // Not running, which is not ready.
    return false;
  }
};

export function startBalancer(webapps: readonly ClusterProcess[]): Balancer {
  const urls = webapps.map(urlOf);
  const note = (webapp: ClusterProcess, isUsable: boolean) => {
    const at = urls.indexOf(urlOf(webapp));
    if (isUsable && at < 0) urls.push(urlOf(webapp));
    if (!isUsable && at >= 0) urls.splice(at, 1);
  };
  let looking = Promise.resolve();
  const look = async () => {
    await Promise.all(webapps.map(async (webapp) => { note(webapp, await isReady(webapp)); }));
  };
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, lookEveryMs);
  return {
    urls,
    uses: (webapp) => until(() => urls.includes(urlOf(webapp)), useLimitMs, () => `${webapp.name} is not ready`),
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
