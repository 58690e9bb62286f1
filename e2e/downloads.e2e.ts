import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { outputFolder, Workspace } from './workspace'

const sources = 'libs/python/blacksmith/datasets/mnist/sources.yaml'
/** Few and random images, which nothing is trained on: what is tested is the way that they come. */
const prepare = ['run', 'lightning-mnist:prepare-data', '-c', 'full', '--set', 'dataset.validation=50']

/** `-c full` and Fashion-MNIST from real HTTP servers on this machine, in place of the published addresses. */
describe('published files', () => {
  const workspace = new Workspace()
  const folder = join(workspace.root, '..', 'mirror')
  let server: ChildProcess
  let address: string

  beforeAll(async () => {
    mkdirSync(folder)
    const files: Record<string, Buffer> = {
      'train-images-idx3-ubyte.gz': idx([400, 28, 28], 251),
      'train-labels-idx1-ubyte.gz': idx([400], 10),
      't10k-images-idx3-ubyte.gz': idx([100, 28, 28], 251),
      't10k-labels-idx1-ubyte.gz': idx([100], 10),
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    server = spawn('python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    address = await new Promise((resolve) => {
      server.stdout?.on('data', (text: Buffer) => {
        const port = /port (\d+)/.exec(String(text))?.[1]
        if (port) resolve(`http://127.0.0.1:${port}`)
      })
    })
    const group = (variant: string) =>
      Object.entries({ 'train-images': 0, 'train-labels': 1, 'test-images': 2, 'test-labels': 3 })
        .map(([source, at]) => [source, Object.entries(files)[at] ?? ['', Buffer.alloc(0)]] as const)
        .map(([source, [name, content]]) => {
          // The first mirror has no such file; the second one has it.
          const urls = `[${address}/${variant}/${name}, ${address}/${name}]`
          const sha256 = createHash('sha256').update(content).digest('hex')
          return `    ${source}: { urls: ${urls}, sha256: ${sha256}, bytes: ${content.length} }`
        })
    workspace.write(
      sources,
      ['mnist', 'fashion-mnist']
        .flatMap((variant) => [
          `- when: { variant: ${variant}, source: full, path: null }`,
          '  licence: made for a test',
          '  files:',
          ...group(variant),
        ])
        .join('\n'),
    )
  })
  afterAll(() => {
    server.kill()
    workspace.dispose()
  })

  test('-c full downloads them from the next mirror where the first has none', () => {
    const { status, output } = workspace.nx(prepare)
    expect(status === 0 ? 'ok' : output).toBe('ok')
    expect(outputFolder(output)).toMatch(/^dist\/lightning-mnist\/full\+\w+\/prepare-data$/)
    expect(
      readdirSync(join(workspace.home, 'downloads')).filter((name) => /^[0-9a-f]{64}$/.test(name)),
    ).toHaveLength(4)
  })

  test('Fashion-MNIST is a value of dataset.variant, and nothing that is here is downloaded again', () => {
    server.kill()
    const { status, output } = workspace.nx([...prepare, '--set', 'dataset.variant=fashion-mnist'])
    expect(status === 0 ? 'ok' : output).toBe('ok')
  })

  test('a file with other bytes than published is not used', () => {
    workspace.write(
      sources,
      workspace.read(sources).replace(/sha256: [0-9a-f]{64}/g, `sha256: ${'0'.repeat(64)}`),
    )
    const { status, output } = workspace.nx(prepare)
    expect(status).not.toBe(0)
    expect(output).toContain('train-images')
  })
})

/** An IDX file of bytes: magic number with the number of dimensions, the sizes, the values. */
function idx(shape: number[], values: number): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head.writeUInt32BE(0x0800 + shape.length)
  for (const [at, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * at)
  const count = shape.reduce((product, size) => product * size, 1)
  const body = Buffer.from(Array.from({ length: count }, (_, index) => (index * 7919) % values))
  return gzipSync(Buffer.concat([head, body]))
}
