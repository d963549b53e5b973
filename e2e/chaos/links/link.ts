import { connect, createServer, type Server, type Socket } from 'node:net';

/** Of what passes: from who dialled to who was dialled, or back. */
export type Direction = 'to server' | 'to client';

/**
 * What becomes of what passes.
 * - `slow`: everything arrives `delayMs` later, each way, and no faster than `bytesPerSecond`.
 * - `cut`: connections are reset, new ones too.
 * - `silent`: connections stay open and nothing passes; afterwards it arrives, in order.
 * - `held`: the same in one direction only.
 * - `resetting`: the connection that takes this direction beyond `afterBytes` is reset there; then all passes again.
 */
export type LinkMode =
  | { readonly kind: 'passing' | 'cut' | 'silent' }
  | { readonly kind: 'slow'; readonly delayMs: number; readonly bytesPerSecond?: number }
  | { readonly kind: 'held'; readonly direction: Direction }
  | { readonly kind: 'resetting'; readonly direction: Direction; readonly afterBytes: number };

/** A port in front of a server, for one client process, so that what is done to it reaches that one only. */
export interface Link {
  readonly port: number;
  set(mode: LinkMode): void;
  /** Resets the connections there are, with all that is held. */
  reset(): void;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const maxWaitingBytes = 4 * 1024 * 1024;
const passing: LinkMode = { kind: 'passing' };

/** What waits to be passed on; `end` stands for the end of the stream. */
interface Waiting {
  readonly dueMs: number;
  readonly what: Buffer | 'end';
}

interface FlowOptions {
  readonly source: Socket;
  readonly sink: Socket;
  readonly direction: Direction;
  readonly mode: () => LinkMode;
  /** Says how many of the bytes may pass before the reset. */
  readonly allowed: (direction: Direction, bytes: number) => number;
  readonly reset: () => void;
}

/** One direction of one connection. */
interface Flow {
  /** Passes on what may pass by now. */
  update(): void;
  stop(): void;
}

function openFlow({ source, sink, direction, mode, allowed, reset }: FlowOptions): Flow {
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let lineFreeMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const isHeld = (): boolean => {
    const current = mode();
    return current.kind === 'silent' || (current.kind === 'held' && current.direction === direction);
  };
  const dueMs = (bytes: number): number => {
    const current = mode();
    const nowMs = performance.now();
    if (current.kind !== 'slow') return nowMs;
    const takesMs = current.bytesPerSecond === undefined ? 0 : (bytes / current.bytesPerSecond) * 1_000;
    lineFreeMs = Math.max(lineFreeMs, nowMs) + takesMs;
    return lineFreeMs + current.delayMs;
  };
  const pass = (what: Waiting['what']): void => {
    if (what === 'end') {
      sink.end();
      return;
    }
    waitingBytes -= what.length;
    const count = allowed(direction, what.length);
    if (count === what.length) sink.write(what);
    else sink.write(what.subarray(0, count), reset);
  };
  const regulate = (): void => {
    if (waitingBytes + sink.writableLength > maxWaitingBytes) source.pause();
    else source.resume();
  };
  const update = (): void => {
    clearTimeout(timer);
    for (let [next] = waiting; next !== undefined && !isHeld(); [next] = waiting) {
      const leftMs = next.dueMs - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(update, leftMs);
        break;
      }
      waiting.shift();
      pass(next.what);
    }
    regulate();
  };
  const take = (what: Waiting['what'], bytes: number): void => {
    waiting.push({ dueMs: dueMs(bytes), what });
    waitingBytes += bytes;
    update();
  };
  source.on('data', (chunk: Buffer) => take(chunk, chunk.length));
  source.once('end', () => take('end', 0));
  sink.on('drain', update);
  return { update, stop: () => clearTimeout(timer) };
}

/** The two connections that the link joins. */
interface Joint {
  update(): void;
  reset(): void;
}

/** @param target the port of the server, on this machine */
export async function openLink(target: number): Promise<Link> {
  let mode: LinkMode = passing;
  let leftBytes = Infinity;
  const joints = new Set<Joint>();

  const allowed = (direction: Direction, bytes: number): number => {
    if (mode.kind !== 'resetting' || mode.direction !== direction) return bytes;
    const count = Math.min(bytes, leftBytes);
    leftBytes -= count;
    if (count < bytes) mode = passing;
    return count;
  };
  const join = (client: Socket): void => {
    // Whoever is dialled in silence hears of it afterwards.
    let server: Socket | undefined;
    let flows: readonly Flow[] = [];
    const reset = (): void => {
      joints.delete(joint);
      for (const flow of flows) flow.stop();
      client.resetAndDestroy();
      server?.resetAndDestroy();
    };
    const dial = (): void => {
      const dialled = connect({ port: target, host, noDelay: true, allowHalfOpen: true });
      server = dialled;
      const shared = { mode: () => mode, allowed, reset };
      flows = [
        openFlow({ ...shared, source: client, sink: dialled, direction: 'to server' }),
        openFlow({ ...shared, source: dialled, sink: client, direction: 'to client' }),
      ];
      watch(dialled);
    };
    const watch = (socket: Socket): void => {
      // What broke tells so by closing.
      socket.on('error', () => undefined);
      socket.once('close', (isBroken) => {
        if (isBroken) reset();
        else if (client.destroyed && server?.destroyed === true) joints.delete(joint);
      });
    };
    const update = (): void => {
      if (mode.kind === 'cut') reset();
      else if (server === undefined && mode.kind !== 'silent') dial();
      else for (const flow of flows) flow.update();
    };
    const joint: Joint = { update, reset };
    joints.add(joint);
    client.setNoDelay(true);
    watch(client);
    update();
  };
  const updateAll = (): void => {
    for (const joint of [...joints]) joint.update();
  };
  const resetAll = (): void => {
    for (const joint of [...joints]) joint.reset();
  };

  const listener = await listen(createServer({ allowHalfOpen: true }, join));
  return {
    port: listener.port,
    set(wanted) {
      mode = wanted;
      leftBytes = wanted.kind === 'resetting' ? wanted.afterBytes : Infinity;
      updateAll();
    },
    reset: resetAll,
    async close() {
      resetAll();
      await listener.close();
    },
  };
}

function listen(server: Server): Promise<{ readonly port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('listens nowhere');
      resolve({ port: address.port, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}
