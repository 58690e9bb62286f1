import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openRemote } from './remotes'

const open = (address: string) => openRemote({ address, scope: 'trusted' })

test.each<[string, RegExp]>([
  ['ftp://server/folder', /names ftp:.* cannot be a remote\n.*name s3:.*https:.*or a folder/],
  ['s3://', /names no bucket\n.*write s3:/],
  ['s3://bucket/prefix?region=x', /names no bucket/],
  ['https://', /is no address of a folder/],
  ['https://server/folder?token=x', /is no address of a folder/],
  ['https://me:secret@server/folder', /^BLACKSMITH_REMOTE {2}https:\/\/…@server holds a password/],
  ['http://server/folder', /in the clear/],
])('%s is refused, with what can be', (address, words) => {
  expect(() => open(address)).toThrow(words)
})

test.each<[string, string]>([
  ['s3://bucket', 's3://bucket'],
  ['S3://bucket/a/b/', 's3://bucket/a/b'],
  ['https://server/folder/', 'https://server/folder'],
  ['http://localhost:8080/folder', 'http://localhost:8080/folder'],
])('and %s is none', (address, name) => {
  expect(open(address).name).toBe(name)
})

test('a remote that is not asked costs no library', () => {
  const loader = join(__dirname, '../../../../tools/load-typescript')
  const program = `
    const { SharedStore } = require('${loader}')('${__filename}')('../../remotes')
    for (const address of ['s3://bucket', 'https://server', '/folder'])
      SharedStore.of({ layout: { remotes: '' } }, { address, scope: 'trusted' })
    console.log(Object.keys(require.cache).filter((file) => /aws|smithy|undici/.test(file)).join())`
  expect(execFileSync(process.execPath, ['-e', program], { cwd: __dirname, encoding: 'utf8' })).toBe('\n')
})
