const { availableParallelism } = require('node:os')
const unit = require('./jest.config.cjs')

/**
 * End-to-end tests run the real nx command, each file in a workspace, a store and a directory of leases of its own.
 * Their trainings have one thread each, so that a file takes about a core.
 */
module.exports = {
  ...unit,
  roots: ['<rootDir>/e2e'],
  testMatch: ['**/*.e2e.ts'],
  maxWorkers: Math.min(availableParallelism(), 4),
  testTimeout: 600_000,
  // What a failed test leaves open, a browser or a server, must not keep the whole run from its end.
  forceExit: true,
}
