import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keptFiles, logOf } from './log-names.ts';

/** Of each log in the directory leaves the last 30 files, the one that is written to among them. Answers the names of those removed. */
export async function cleanUpLogs(directory: string): Promise<readonly string[]> {
  const rotated = (await readdir(directory)).flatMap((fileName) => {
    const log = logOf(fileName);
    return log === undefined ? [] : [{ fileName, log }];
  });
  const timed = await Promise.all(rotated.map(async (file) => ({ ...file, modifiedMs: (await stat(join(directory, file.fileName))).mtimeMs })));
  const byLog = Map.groupBy(
    timed.toSorted((one, other) => other.modifiedMs - one.modifiedMs || (one.fileName < other.fileName ? 1 : -1)),
    ({ log }) => log,
  );
  const surplus = [...byLog.values()].flatMap((files) => files.slice(keptFiles - 1)).map(({ fileName }) => fileName);
  await Promise.all(surplus.map((fileName) => rm(join(directory, fileName), { force: true })));
  return surplus;
}
