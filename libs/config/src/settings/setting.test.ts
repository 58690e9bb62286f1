import { join } from 'node:path'
import { isUserError } from '../errors/user-error'
import { enclosingWorkspace } from '../files/workspace-root'
import { refuseBadSettings, setting } from './setting'

test.each([
  ['BLACKSMITH_WAIT', '2.5', 2.5],
  ['BLACKSMITH_WAIT', '', undefined],
  ['BLACKSMITH_STOP_GRACE', '0', 0],
  ['BLACKSMITH_STOP_GRACE', undefined, 30],
  ['BLACKSMITH_KEEP_EVERY_STEPS', '1000', 1000],
  ['BLACKSMITH_RESET', '1', true],
  ['BLACKSMITH_RESET', '0', false],
  ['BLACKSMITH_BOX', 'off', 'off'],
  ['BLACKSMITH_BOX', undefined, 'on'],
  ['BLACKSMITH_DEVICE', ' cpu0, ,cpu1', ['cpu0', 'cpu1']],
  ['BLACKSMITH_HOME', '/srv/ml', '/srv/ml'],
  ['BLACKSMITH_HOME', 'store', join(enclosingWorkspace() ?? '', 'store')],
  ['BLACKSMITH_PYTHON', 'python3.12', 'python3.12'],
  ['BLACKSMITH_REMOTE', 'shared', join(enclosingWorkspace() ?? '', 'shared')],
  ['BLACKSMITH_REMOTE', 's3://bucket', 's3://bucket'],
  ['BLACKSMITH_REMOTE_SCOPE', undefined, 'trusted'],
  ['BLACKSMITH_REMOTE_SCOPE', 'pr-17', 'pr-17'],
  ['BLACKSMITH_TRUSTED_KEYS', `ed25519:${'A'.repeat(43)}=, `, [`ed25519:${'A'.repeat(43)}=`]],
  ['BLACKSMITH_TRUSTED_KEYS', 'off', []],
  ['BLACKSMITH_SIGNING_KEY', '-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----'],
  ['BLACKSMITH_SIGNING_KEY', '/keys/ours.pem', '/keys/ours.pem'],
] as const)('%s=%s means %j', (name, text, value) => {
  expect(setting(name, { [name]: text })).toEqual(value)
})

test('what is set while a program runs holds from then on', () => {
  const before = process.env.BLACKSMITH_WAIT
  process.env.BLACKSMITH_WAIT = '7'
  expect(setting('BLACKSMITH_WAIT')).toBe(7)
  if (before === undefined) delete process.env.BLACKSMITH_WAIT
  else process.env.BLACKSMITH_WAIT = before
})

test.each([
  ['BLACKSMITH_WAIT', 'soon'],
  ['BLACKSMITH_WAIT', ' '],
  ['BLACKSMITH_STOP_GRACE', '-1'],
  // A timer would go off at once.
  ['BLACKSMITH_START_SECONDS', '99999999'],
  ['BLACKSMITH_FRESH', 'true'],
  ['BLACKSMITH_BOX', 'of'],
  ['BLACKSMITH_GPU_IDS', 'indices'],
  ['BLACKSMITH_REMOTE_SCOPE', 'pr-../x'],
  ['BLACKSMITH_REMOTE_SCOPE', 'main'],
  ['BLACKSMITH_TRUSTED_KEYS', 'ed25519:AAAA'],
] as const)('%s=%s is refused, with its name and what to set it to', (name, text) => {
  const refused = expect(() => setting(name, { [name]: text }))
  refused.toThrow(new RegExp(`^${name} {2}is '${text}', which is not .*\n {2}set it to .*, or unset it`))
})

test('all bad values are reported at once, by their names', () => {
  const env = { BLACKSMITH_WAIT: 'soon', BLACKSMITH_BOX: 'of', BLACKSMITH_RESET: '1', OTHER: 'x' }
  try {
    refuseBadSettings(env)
    throw new Error('nothing was refused')
  } catch (error) {
    if (!isUserError(error)) throw error
    expect(error.problems.map(({ field }) => field)).toEqual(['BLACKSMITH_WAIT', 'BLACKSMITH_BOX'])
  }
  expect(() => refuseBadSettings({ BLACKSMITH_STOP_GRACE: '5' })).not.toThrow()
})
