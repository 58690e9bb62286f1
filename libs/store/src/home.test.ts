import { storeHome } from './home'

jest.mock('node:os', () => ({
  ...jest.requireActual('node:os'),
  // As for a user that no list of users has, where HOME is not set.
  homedir: () => {
    throw new Error('uv_os_homedir returned ENOENT')
  },
}))

test('a user without a name and without HOME is told to name a folder for the store', () => {
  expect(() => storeHome({})).toThrow(/user \d+ has no name .*HOME is not set.*\n.*set BLACKSMITH_HOME/)
  expect(storeHome({ BLACKSMITH_HOME: '/srv/ml' })).toBe('/srv/ml')
  expect(storeHome({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/blacksmith')
})
