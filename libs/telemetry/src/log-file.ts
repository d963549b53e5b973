import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { currentName, keptFiles, rotatedName } from './log-names.ts';

export interface LogRotation {
  readonly maxMegabytes: number;
  readonly compression: 'gzip' | 'none';
}

/** Of coreapps, masters and the registry; a webapp's are larger and plain. */
export const defaultRotation: LogRotation = { maxMegabytes: 15, compression: 'gzip' };
export const webappRotation: LogRotation = { maxMegabytes: 20, compression: 'none' };

export interface LogFileOptions {
  readonly directory: string;
  /** What the files are named after. */
  readonly name: string;
  readonly rotation: LogRotation;
  /** Told once each time that the file cannot be written; standard output has every line all the same. */
  readonly onTrouble: (error: Error) => void;
  readonly now?: () => number;
}

/** A log that is kept in files. Never throws and never waits: lines that the disk does not take are left out, and counted. */
export interface LogFile {
  write(line: string): void;
  /** Resolves when what was taken is written, or cannot be. */
  close(): Promise<void>;
}

const reopenAfterMs = 30_000;
/** What may wait for a disk that is slow. */
const maxWaitingBytes = 4 * 1024 * 1024;
const fileMode = 0o640;
const closeLimitMs = 1_000;

/** Rotates by size; the last 30 files stay. */
export function openLogFile({ directory, name, rotation, onTrouble, now = Date.now }: LogFileOptions): LogFile {
  let stream: RotatingFileStream | undefined;
  let reopenAtMs = -Infinity;
  let leftOut = 0;

  const fail = (failed: RotatingFileStream, error: Error) => {
    if (stream !== failed) return;
    stream = undefined;
    reopenAtMs = now() + reopenAfterMs;
    onTrouble(error);
  };

  const open = () => {
    const opened = createStream((time, index) => (time instanceof Date ? rotatedName(name, time, index ?? 0, rotation.compression) : currentName(name)), {
      path: directory,
      size: `${rotation.maxMegabytes}M`,
      maxFiles: keptFiles - 1,
      history: `.${name}.history`,
      mode: fileMode,
      ...(rotation.compression === 'gzip' && { compress: 'gzip' }),
    });
    opened.on('error', (error: Error) => fail(opened, error));
    return opened;
  };

  const noteLeftOut = (to: RotatingFileStream) => {
    to.write(`${JSON.stringify({ level: 'warn', time: new Date(now()).toISOString(), lines: leftOut, msg: 'lines left out of this file' })}\n`);
    leftOut = 0;
  };

  return {
    write(line) {
      if (stream === undefined && now() >= reopenAtMs) stream = open();
      if (stream === undefined || stream.writableLength > maxWaitingBytes) {
        leftOut += 1;
        return;
      }
      if (leftOut > 0) noteLeftOut(stream);
      stream.write(line);
    },
    async close() {
      const closing = stream;
      stream = undefined;
      reopenAtMs = Infinity;
      if (closing === undefined) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, closeLimitMs);
        const done = () => {
          clearTimeout(limit);
          resolve();
        };
        closing.once('close', done).once('error', done);
        closing.end();
      });
    },
  };
}
