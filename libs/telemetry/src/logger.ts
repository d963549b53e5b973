import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** webapp, coreapp, … */
  readonly process: string;
  readonly node: string;
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
  /** Gets every line, too. */
  readonly file?: DestinationStream;
}

/** Names of fields that hold secrets or what people write to each other. A `code` is one too, except inside an error. */
const censored = [
  'password', 'new_password', 'passwordHash', 'secret', 'clusterSecret', 'tokenSecret', 'token', 'jwt', 'authorization',
  'apiKey', 'jwtKey', 'sealKey', 'privateKey', 'identityPrivateKey', 'pin', 'mac', 'body', 'text', 'stanza', 'plain',
  'content', 'certificate', 'cert',
];

const standardOutput = 1;

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: unknown;
}

const maxCauses = 5;

/** The known parts only: a database driver's error carries the statement's parameters, which are message contents. */
function loggedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : { type: typeof error };
  const { code } = error as { code?: unknown };
  const logged: LoggedError = {
    type: error.name,
    message: error.message,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && depth < maxCauses && { cause: loggedError(error.cause, depth + 1) }),
  };
  return logged;
}

function activeTrace(): object {
  const context = trace.getActiveSpan()?.spanContext();
  return context !== undefined && isSpanContextValid(context) ? { trace_id: context.traceId } : {};
}

function both(one: DestinationStream, other: DestinationStream): DestinationStream {
  return {
    write(line) {
      one.write(line);
      other.write(line);
    },
  };
}

interface Family {
  /** As it was made. */
  readonly level: LoggerOptions['level'];
  /** A logger copies its parent's level when it is made, and follows it no further. */
  readonly descendants: Set<WeakRef<Logger>>;
}

const families = new WeakMap<Logger, Family>();

/** JSON lines with level names, ISO times, the process and its node, and the active span's trace id. Errors go in `err`. */
export function createLogger({ level, process, node, destination, file }: LoggerOptions): Logger {
  const options = {
    level,
    base: { process, node },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ['code', ...censored.flatMap((name) => [name, `*.${name}`])], censor: '[censored]' },
    serializers: { err: (error: unknown) => loggedError(error), error: (error: unknown) => loggedError(error) },
    mixin: activeTrace,
  };
  const descendants = new Set<WeakRef<Logger>>();
  // Written before the call returns: the last lines of a process that exits are neither lost nor out of order.
  const output = destination ?? pino.destination({ dest: standardOutput, sync: true });
  const root: Logger = pino(
    { ...options, onChild: (child) => void descendants.add(new WeakRef(child)) },
    file === undefined ? output : both(output, file),
  );
  families.set(root, { level, descendants });
  return root;
}

/**
 * Lets a logger of {@link createLogger}, and every logger made of it, say what `level` lets through, but never less than
 * the level that it was made with: that is the operator's.
 */
export function raiseLogLevel(root: Logger, level: 'debug' | 'info' | 'warn' | 'error'): void {
  const family = families.get(root);
  if (family === undefined || family.level === 'silent') return;
  const { values } = root.levels;
  const raised = (values[level] ?? 0) < (values[family.level] ?? 0) ? level : family.level;
  root.level = raised;
  for (const reference of family.descendants) {
    const descendant = reference.deref();
    if (descendant === undefined) family.descendants.delete(reference);
    else descendant.level = raised;
  }
}

/** A logger whose every line carries the fields, say `{ account, shard, epoch }`. */
export function withContext(logger: Logger, fields: Readonly<Record<string, string | number | boolean>>): Logger {
  return logger.child(fields);
}
