/** Step by step, one line each, as plain as a log file needs it. */
export interface Progress {
  /** A step under way. */
  begin(text: string): void;
  done(text: string, tookMs?: number): void;
  note(text: string): void;
  failed(text: string): void;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const printedProgress = (write: (line: string) => void): Progress => ({
  begin: (text) => write(`  … ${text}`),
  done: (text, tookMs) => write(tookMs === undefined ? `  ✓ ${text}` : `  ✓ ${text} (${seconds(tookMs)})`),
  note: (text) => write(text),
  failed: (text) => write(`  ✗ ${text}`),
});

/** Columns as wide as their widest cell. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
};
