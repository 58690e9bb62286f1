import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Artifact, Store } from '@blacksmith/store'
import { runChild } from '../libs/store/src/testing/child'
import { sealed } from '../libs/store/src/testing/fixtures'
import { startSwift, whyNoServer } from '../libs/store/src/testing/real-servers'
import { inTurn, median, ratioLine, type Times } from './interleaved'

/**
 * Sharing an artifact through a folder and through a bucket: one large file, and many small ones.
 *
 * The folder stands beside `cp` and `sha256sum` of the same file. The bucket is one of a Swift that is started here
 * (e2e/install-servers.sh), on the same cores; beside ours stands the faster of aws-cli and rclone, of those that are
 * installed (`apt-get install awscli rclone`), each as a whole process with its start. A second push is one of a machine
 * that remembers nothing of the first, a resumed one follows upon a kill at half; they, and the folder, count from when
 * the process has started. The peak memory is that of a process that does nothing else.
 *
 *     npx jiti benchmarks/remote.ts [megabytes] [files] [rounds] [folder]
 */
const [megabytes = 1000, files = 10_000, rounds = 3] = process.argv.slice(2, 5).map(Number)
const parent = process.argv[5] ?? tmpdir()
const mostMegabytes = 150

const root = mkdtempSync(join(parent, 'benchmark-remote-'))
const maker = new Store(join(root, 'maker'))

async function main(): Promise<void> {
  const missing = whyNoServer('Swift')
  if (missing) throw new Error(missing)
  const model = randomFillSync(Buffer.allocUnsafe(Math.round(megabytes * 1e6)))
  const parts = Array.from({ length: files }, (_, at) => [`${at % 100}/${at}`, `${at} `.repeat(200)])
  const large = await sealed(maker, 1, { model })
  const small = await sealed(maker, 2, Object.fromEntries(parts))
  await throughFolder(large)
  const server = await startSwift(join(root, 'swift'))
  try {
    const bucket = new Bucket(server.variables('writer'))
    await throughBucket(bucket, large)
    await twice(bucket, large)
    await ofSmallFiles(bucket, small)
  } finally {
    await server.stop()
  }
}

async function throughFolder(large: Artifact): Promise<void> {
  const address = join(root, 'folder')
  const times = await inTurn(rounds, {
    push: async () => {
      mkdirSync(address)
      return (await ours('push', address, large)).seconds
    },
    pull: async () => (await ours('pull', address, large)).seconds,
    'cp + sha256sum': async () => {
      must(
        spawnSync('sh', ['-c', 'cp "$0" copy && sha256sum copy', join(large.directory, 'model')], {
          cwd: root,
        }),
      )
      return undefined
    },
    '': async () => {
      for (const name of ['folder', 'copy']) rmSync(join(root, name), { recursive: true })
      return undefined
    },
  })
  for (const work of ['push', 'pull'])
    console.log(ratioLine(`${work} of ${megabytes} MB, a folder`, times, work, 'cp + sha256sum', 1.3))
}

async function throughBucket(bucket: Bucket, large: Artifact): Promise<void> {
  const model = join(large.directory, 'model')
  const copy = join(root, 'copy')
  const memory = { push: 0, pull: 0 }
  const own = (work: Work) => async (round: number) => {
    const { wall, megabytes } = await ours(work, bucket.address(round), large, bucket)
    memory[work] = Math.max(memory[work], megabytes)
    return wall
  }
  const theirs = (work: Work) =>
    bucket.others.map(
      (tool) =>
        [
          `${work} by ${tool.name}`,
          async (round: number) => {
            const there = tool.at(`${tool.name}-${round}`)
            must(
              bucket.run(
                tool.file(...((work === 'push' ? [model, there] : [there, copy]) as [string, string])),
              ),
            )
            rmSync(copy, { force: true })
            return undefined
          },
        ] as const,
    )
  const times = await inTurn(rounds, {
    push: own('push'),
    ...Object.fromEntries(theirs('push')),
    pull: own('pull'),
    ...Object.fromEntries(theirs('pull')),
  })
  for (const work of ['push', 'pull'] as const) {
    besideFaster(`${work} of ${megabytes} MB, Swift`, times, work, 1.1)
    console.log(`peak memory of that ${work}: ${memory[work].toFixed(0)} MB (at most ${mostMegabytes})`)
  }
}

async function twice(bucket: Bucket, large: Artifact): Promise<void> {
  const push = async (name: string) => (await ours('push', bucket.address(name), large, bucket)).seconds
  const half = { dieAt: (megabytes * 1e6) / 2 }
  const times = await inTurn(rounds, {
    first: (round) => push(`first-${round}`),
    second: (round) => push(`first-${round}`),
    '': (round) =>
      ours('push', bucket.address(`half-${round}`), large, bucket, half).then(({ wall }) => wall),
    resumed: (round) => push(`half-${round}`),
  })
  console.log(ratioLine(`a second push of ${megabytes} MB`, times, 'second', 'first', 0.05))
  console.log(ratioLine('a push resumed at half', times, 'resumed', 'first', 0.6))
}

async function ofSmallFiles(bucket: Bucket, small: Artifact): Promise<void> {
  const copy = join(root, 'copy')
  const tools = bucket.others.filter(({ folder }) => folder)
  const theirs = (work: Work) =>
    tools.map(
      (tool) =>
        [
          `${work} by ${tool.name}`,
          async (round: number) => {
            const there = tool.at(`small-${tool.name}-${round}`)
            const [from, to] = work === 'push' ? [small.directory, there] : [there, copy]
            must(bucket.run(tool.folder?.(from, to) ?? []))
            rmSync(copy, { recursive: true, force: true })
            return undefined
          },
        ] as const,
    )
  const own = (work: Work) => async (round: number) =>
    (await ours(work, bucket.address(`small-${round}`), small, bucket)).wall
  const times = await inTurn(rounds, {
    push: own('push'),
    ...Object.fromEntries(theirs('push')),
    pull: own('pull'),
    ...Object.fromEntries(theirs('pull')),
  })
  for (const work of ['push', 'pull'])
    besideFaster(`${work} of ${files} small files, Swift`, times, work, 0.5)
}

/** Beside the faster one of all that did the same work. */
function besideFaster(what: string, times: Times, work: string, atMost: number): void {
  const others = Object.keys(times).filter((name) => name.startsWith(`${work} by `))
  const [faster] = others.sort((a, b) => median(times[a] ?? []) - median(times[b] ?? []))
  if (faster) console.log(ratioLine(what, times, work, faster, atMost))
  else console.log(`${what}: ${median(times[work] ?? []).toFixed(3)} s, with nothing to compare`)
}

type Work = 'push' | 'pull'

/** A bucket, and the programs that may stand beside ours. */
class Bucket {
  readonly others: Tool[]
  readonly env: NodeJS.ProcessEnv

  constructor(variables: Record<string, string>) {
    this.env = {
      ...process.env,
      ...variables,
      AWS_DEFAULT_REGION: 'us-east-1',
      // Swift knows none of the newer checksums.
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
      // rclone stops where it finds one, of which a server without TLS has no use.
      AWS_CA_BUNDLE: undefined,
      RCLONE_CONFIG: '',
      RCLONE_CONFIG_BENCH_TYPE: 's3',
      RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
      RCLONE_CONFIG_BENCH_ENV_AUTH: 'true',
      RCLONE_CONFIG_BENCH_REGION: 'us-east-1',
      RCLONE_CONFIG_BENCH_ENDPOINT: variables.AWS_ENDPOINT_URL,
    }
    this.others = tools.filter(({ name }) => spawnSync('which', [name]).status === 0)
    const make = [...this.others].reverse().find(({ make }) => make.length > 0)
    if (!make) throw new Error('neither aws-cli nor rclone is installed: apt-get install awscli rclone')
    must(this.run(make.make))
  }

  address(name: string | number): string {
    return `s3://cache/ours-${name}`
  }

  run([program = '', ...args]: string[]): SpawnSyncReturns<Buffer> {
    return spawnSync(program, args, { env: this.env })
  }
}

interface Tool {
  name: string
  /** Makes the bucket. */
  make: string[]
  at(name: string): string
  file(from: string, to: string): string[]
  folder?(from: string, to: string): string[]
}

const tools: Tool[] = [
  {
    name: 'aws',
    make: ['aws', 's3', 'mb', 's3://cache'],
    at: (name) => `s3://cache/${name}`,
    file: (from, to) => ['aws', 's3', 'cp', '--only-show-errors', from, to],
  },
  {
    name: 'rclone',
    make: ['rclone', 'mkdir', 'bench:cache'],
    at: (name) => `bench:cache/${name}`,
    file: (from, to) => ['rclone', 'copyto', from, to],
    folder: (from, to) => ['rclone', 'copy', from, to],
  },
]

/** A push, or a pull into a store of its own: its own seconds, those of its whole process, and its peak memory. */
async function ours(
  work: Work,
  address: string,
  { key }: Artifact,
  { env }: { env?: NodeJS.ProcessEnv } = {},
  o: { dieAt?: number } = {},
): Promise<{ seconds: number; wall: number; megabytes: number }> {
  const home = work === 'push' ? maker.home : mkdtempSync(join(root, 'puller-'))
  const before = performance.now()
  const { output, errors } = await runChild(
    'share-served.ts',
    { home, address, key, work, ...o },
    { env: env ?? process.env },
  )
  const wall = (performance.now() - before) / 1000
  if (work === 'pull') rmSync(home, { recursive: true })
  if (o.dieAt !== undefined) return { seconds: 0, wall, megabytes: 0 }
  const { warnings = [errors], ...said } = JSON.parse(output || '{}') as { warnings?: string[] }
  if (warnings.length > 0) throw new Error(warnings.join('\n'))
  return { ...(said as { seconds: number; megabytes: number }), wall }
}

function must({ status, stderr, error }: SpawnSyncReturns<Buffer>): void {
  if (status !== 0) throw error ?? new Error(String(stderr))
}

main().finally(() => rmSync(root, { recursive: true, force: true }))
