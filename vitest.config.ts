import { defineConfig } from 'vitest/config';

const shared = { environment: 'node' as const, pool: 'forks' as const };
const services = './apps/local/src/testing/global-setup.ts';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: ['{apps,libs}/*/src/**/*.test.ts', 'e2e/**/*.test.ts', 'charts/src/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/*.e2e.test.ts', '**/dist/**', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'integration',
          include: ['{apps,libs}/*/src/**/*.integration.test.ts'],
          exclude: ['**/dist/**', '**/node_modules/**'],
          globalSetup: [services],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          globalSetup: [services],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
