const unit = require('./jest.config.cjs')

/** End-to-end tests run the real nx command; one at a time, since they share two cores with their trainings. */
module.exports = {
  ...unit,
  roots: ['<rootDir>/e2e'],
  testMatch: ['**/*.e2e.ts'],
  maxWorkers: 1,
  testTimeout: 600_000,
}
