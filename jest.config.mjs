/** @type {import('jest').Config} */
export default {
  testEnvironment: './lib/testing/quiet-environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './lib/testing/strip-types.mjs' },
  globalSetup: './lib/testing/global-setup.mjs',
  globalTeardown: './lib/testing/global-teardown.mjs',
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.local', '<rootDir>/dist'],
  restoreMocks: true,
  testTimeout: 60_000, // a bound for what hangs, not a measure: machines are shared
  testSequencer: './lib/testing/longest-first.mjs',
  maxWorkers: 4, // files mostly wait, for processes, databases and pauses: four of them keep two processors busy
};
