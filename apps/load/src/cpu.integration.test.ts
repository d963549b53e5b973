import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cpuBetween, sampleCpu } from './cpu.ts';

describe('CPU time on this machine', () => {
  it('is counted for this process', () => {
    const before = sampleCpu();
    const startedMs = process.cpuUsage().user;
    while (process.cpuUsage().user - startedMs < 100_000);
    const used = cpuBetween(before, sampleCpu(), [{ name: 'this', pids: [process.pid] }]).get('this') ?? 0;
    expect(used).toBeGreaterThanOrEqual(80);
  });

  it('knows whose child a process is', async () => {
    const child = spawn('sleep', ['60']);
    try {
      await once(child, 'spawn');
      expect(sampleCpu().byPid.get(child.pid ?? 0)?.parent).toBe(process.pid);
    } finally {
      child.kill();
    }
  });
});
