/** Files of one log that stay, the one that is written to among them. */
export const keptFiles = 30;

const extension = '.log';

export const currentName = (name: string): string => `${name}${extension}`;

/** `20261125T205436Z-1-coreapp-wacore1.log.gz`: sorted by name they are sorted by time. */
export function rotatedName(name: string, time: Date, index: number, compression: 'gzip' | 'none'): string {
  const stamp = time.toISOString().replaceAll(/[-:]|\.[0-9]+/g, '');
  return `${stamp}-${index}-${currentName(name)}${compression === 'gzip' ? '.gz' : ''}`;
}

const rotated = /^[0-9]{8}T[0-9]{6}Z-[0-9]+-(.+)\.log(?:\.gz)?$/;

/** The log that a rotated file is of; undefined for any other file. */
export function logOf(fileName: string): string | undefined {
  return rotated.exec(fileName)?.[1];
}
