/** One runner for all unit tests; the end-to-end tests have a configuration of their own. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/tools', '<rootDir>/native', '<rootDir>/experiments'],
  testMatch: ['**/*.test.ts'],
  // Jest's own choice leaves a core for a person, who is not there.
  maxWorkers: '100%',
  globalSetup: '<rootDir>/tools/ci/jest/set-up.ts',
  globalTeardown: '<rootDir>/tools/ci/jest/tear-down.ts',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/tmp'],
  // Only against a test that hangs: what starts real processes takes its time where others work on the same cores.
  testTimeout: 120_000,
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs', ignoreDynamic: true },
      },
    ],
  },
}
