import { readFile } from 'node:fs/promises';

interface CodeLine {
  readonly number: string;
  readonly code: string;
}

function parseLine(line: string): CodeLine | undefined {
  try {
    return JSON.parse(line) as CodeLine;
  } catch {
    // A line that is being written.
    return undefined;
  }
}

/** The newest code that a development registry has sent to the number; undefined when its log is not there or has none. */
export async function codeFromLog(file: string, number: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const lines = text.split('\n').map(parseLine);
  return lines.findLast((line) => line?.number.replace('+', '') === number)?.code;
}
