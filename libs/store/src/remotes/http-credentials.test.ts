import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolders } from '../testing/fixtures'
import { credentialsFor } from './http-credentials'

const temporary = temporaryFolders()
const address = 'https://files.example.org/models'

const withNetrc = (text: string, name = '.netrc') => {
  const home = temporary('home')
  writeFileSync(join(home, name), text)
  return name === '.netrc' ? { HOME: home } : { HOME: '/nowhere', NETRC: join(home, name) }
}
const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` })

test('a server is told the token that is set, before what netrc has', () => {
  const env = { ...withNetrc('default login me password secret'), BLACKSMITH_REMOTE_TOKEN: 'token' }
  expect(credentialsFor(address, env)).toEqual({ authorization: 'Bearer token' })
})

test.each<[string, string, object]>([
  [
    'of its host',
    'machine other login a password b\nmachine files.example.org login me password secret',
    basic('me:secret'),
  ],
  ['over several lines', 'machine files.example.org\n  login me\n  password secret\n', basic('me:secret')],
  ['below a comment', '# mine\nmachine files.example.org login me password secret', basic('me:secret')],
  ['for all', 'machine other login a password b\ndefault login me password secret', basic('me:secret')],
  ['for another host', 'machine other login a password b', {}],
  ['without a password', 'machine files.example.org login me', {}],
])('netrc has an entry %s', (_what, text, headers) => {
  expect(credentialsFor(address, withNetrc(text))).toEqual(headers)
  expect(credentialsFor(address, withNetrc(text, 'elsewhere'))).toEqual(headers)
})

test('without either nothing is told', () => {
  expect(credentialsFor(address, { HOME: '/nowhere' })).toEqual({})
})
