import { defineConfig } from 'vitest/config';

/** Tests that put something of their own in place of a module. */
const mocking = ['packages/cli/test/killed.test.ts'];

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    testTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['packages/*/test/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['**/dist/**', '**/node_modules/**', ...mocking],
          // A process reads the rooms once for all of its files, which takes half of the time that each by itself would.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'mocking', include: mocking } },
    ],
  },
});
