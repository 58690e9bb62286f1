import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { png } from '../fixtures/pictures'
import {
  mnistBlocks,
  nerfBlocks,
  sampleParameters,
  samplePerformance,
  sentenceBlocks,
  writeSampleRun,
} from '../fixtures/sample-runs'
import { writeReport } from './write-report'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const results = {
  metrics: { accuracy: 0.9541, loss: 0.16 },
  acceptance: { accuracy: { at_least: 0.93, met: true } },
  accepted: true,
}

async function evaluation(blocks: (directory: string) => unknown[] = () => []) {
  const training = writeSampleRun(join(folder, 'train'), { steps: 300, telemetry: true, id: 'trained' })
  const directory = writeSampleRun(join(folder, 'evaluate'), { target: 'evaluate', results })
  writeSampleRun(directory, { target: 'evaluate', results, blocks: blocks(directory) })
  const written = await writeReport(directory, {
    training,
    description: 'An MLP that reads digits',
    config: {
      values: sampleParameters(),
      origins: {
        'training.epochs': { source: 'flag' },
        'training.batch_size': { source: 'file', file: 'experiment.yaml', line: 7 },
        'training.seed': { source: 'default' },
      },
    },
  })
  return { ...written, page: readFileSync(written.file, 'utf8'), directory }
}

test('one file holds results, curves, configuration, telemetry and provenance of an evaluation and its training', async () => {
  const { page, problems, directory } = await evaluation()
  expect(problems).toEqual([])
  for (const heading of ['Results', 'Curves', 'Configuration', 'Device telemetry', 'Provenance']) {
    expect(page).toMatch(new RegExp(`<h2 id="\\w+">${heading}</h2>`))
  }
  expect(page).toContain('An MLP that reads digits')
  expect(page).toContain('at least 0.93')
  expect(page).toContain('experiment.yaml:7')
  expect(page).toContain('<dd>trained</dd>')
  expect(readdirSync(directory).filter((name) => name.startsWith('report.html'))).toEqual(['report.html'])
})

test('what a run has none of is not there to be opened, and no row is without a name', async () => {
  const { page } = await evaluation()
  expect(page).toContain('What its key is made of')
  expect(page).not.toContain('Its records')
  expect(page).not.toMatch(/<th[^>]*><\/th>/)
})

test('nothing in it names another file or an address', async () => {
  const { page } = await evaluation((directory) => [
    ...mnistBlocks(directory),
    ...nerfBlocks(directory),
    ...sentenceBlocks(),
  ])
  expect(page).not.toMatch(/(src|href)="(?!data:image\/png;base64,|#)/)
  expect(page).not.toMatch(/https?:|@import|url\(/)
  expect(page).toContain('default-src &#39;none&#39;')
})

test('every chart has a table of its data', async () => {
  const { page } = await evaluation()
  const figures = page.match(/<figure class="chart">[\s\S]*?<\/figure>/g) ?? []
  expect(figures.length).toBeGreaterThanOrEqual(4)
  for (const figure of figures) expect(figure).toMatch(/<details><summary>Data of [\s\S]*<tbody><tr>/)
})

test('the pictures of an experiment are inlined; one that is missing is named and does not cost the report', async () => {
  const { page, problems } = await evaluation((directory) => [
    ...mnistBlocks(directory),
    { kind: 'images', title: 'gone', images: [{ image: 'gone.png', alt: 'a lost picture' }] },
    { kind: 'nonsense' },
  ])
  expect(page.match(/<img src="data:image\/png/g)).toHaveLength(12)
  expect(page).toContain('(no picture: a lost picture)')
  expect(problems).toEqual([expect.stringContaining('blocks.3'), 'gone.png: there is no such file'])
  expect(page).toContain('What could not be shown')
})

test('a column of sentences is given room, one of words or numbers is not', async () => {
  const rows = [['this film has a charming music', 'negative', 0.81]]
  const { page } = await evaluation(() => [
    { kind: 'table', title: 'sentences', columns: ['sentence', 'is', 'likelihood'], rows },
  ])
  expect(page).toContain(
    '<th scope="row" class="sentence">this film has a charming music</th><td>negative</td>',
  )
})

test('a large picture is whole in the page, byte for byte', async () => {
  const noise = (x: number, y: number): [number, number, number] => [
    (x * 7919 + y * 104729) % 251,
    (x * y) % 253,
    x % 256,
  ]
  const large = png(300, 300, noise)
  const { page } = await evaluation((directory) => {
    writeFileSync(join(directory, 'large.png'), large)
    return [{ kind: 'images', title: 'large', images: [{ image: 'large.png', alt: 'noise' }] }]
  })
  const [, encoded = ''] = /src="data:image\/png;base64,([^"]+)"/.exec(page) ?? []
  expect(Buffer.from(encoded, 'base64').equals(large)).toBe(true)
})

test('hostile names, values, lines and captions are text', async () => {
  const evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>\u001B[31m'
  const directory = writeSampleRun(join(folder, 'evil'), {
    project: evil,
    configuration: evil,
    parameters: { [evil]: evil, long: 'y'.repeat(1_000_000) },
    overrides: [evil],
    results: { metrics: { [evil]: 1 }, acceptance: { [evil]: { at_least: 2, met: false } }, accepted: false },
    blocks: [
      { kind: 'table', title: evil, note: evil, columns: [evil], rows: [[evil]] },
      { kind: 'images', title: evil, images: [{ image: evil, alt: evil, caption: evil }] },
    ],
  })
  const line = { step: 1, split: evil, values: { [evil]: 3 } }
  writeFileSync(join(directory, 'metrics.jsonl'), `${JSON.stringify(line)}\nnot json ${evil}\n`)
  writeFileSync(join(directory, 'telemetry.jsonl'), JSON.stringify({ time: 1, device: evil, [evil]: 3 }))
  const { file } = await writeReport(directory)
  const page = readFileSync(file, 'utf8')
  expect(page.match(/<script/g)).toHaveLength(3)
  expect(page).not.toMatch(/<img|alert\(1\)<|(?!\n)\p{Cc}/u)
  expect(page.length).toBeLessThan(200_000)
})

test('a run of 100,000 steps makes a page of less than a megabyte', async () => {
  const directory = writeSampleRun(join(folder, 'long'), { steps: 100_000 })
  const { file } = await writeReport(directory)
  expect(readFileSync(file).length).toBeLessThan(1_000_000)
})

test('a training without metrics or a judgement still has its report', async () => {
  const { file } = await writeReport(writeSampleRun(join(folder, 'bare')))
  expect(readFileSync(file, 'utf8')).toContain('<h1>lightning-mnist:train</h1>')
})

test('an evaluation that nobody has judged shows its metrics and no verdict', async () => {
  const directory = writeSampleRun(join(folder, 'evaluate'), { target: 'evaluate' })
  writeFileSync(join(directory, 'metrics.json'), '{"accuracy":0.5}')
  const page = readFileSync((await writeReport(directory)).file, 'utf8')
  expect(page).toContain('Metrics of the evaluation')
  expect(page).not.toMatch(/accepted|class="verdict/)
})

test('without a resolved configuration the parameters of evaluation and training are shown, and none is called a default', async () => {
  const training = writeSampleRun(join(folder, 'train'))
  const directory = writeSampleRun(join(folder, 'evaluate'), {
    target: 'evaluate',
    parameters: { evaluation: { beams: 4 } },
  })
  const { file } = await writeReport(directory, { training })
  const page = readFileSync(file, 'utf8')
  expect(page).toContain('<code>evaluation.beams</code>')
  expect(page).toContain('<code>training.learning_rate</code>')
  expect(page).not.toContain('default</td>')
  expect(page).not.toContain('left at their defaults')
})

test('a folder without a run is refused with what to do', async () => {
  await expect(writeReport(folder)).rejects.toThrow(UserError)
})

describe('what the device gave', () => {
  async function trained(performance: unknown, records: { path: string }[] = []) {
    const directory = writeSampleRun(join(folder, 'train'), { steps: 3, performance, records })
    return readFileSync((await writeReport(directory)).file, 'utf8')
  }

  test('stands in the report: speed, operations, share of the peak, memory, and parts of a step', async () => {
    const page = await trained(samplePerformance())
    for (const fact of ['64,000 images/s', '400 TFLOP/s', '40.4 % of that of NVIDIA H200', '11.0 GB']) {
      expect(page).toContain(`<dd>${fact}</dd>`)
    }
    expect(page).toMatch(/backward pass<\/th><td[^>]*>5<\/td><td[^>]*>50<\/td>/)
    expect(page).toContain('validation 12 s, checkpoint 0.3 s')
    expect(page).not.toContain('trace.json.gz')
  })

  test('stands in the report of an evaluation, too', async () => {
    const training = writeSampleRun(join(folder, 'train'), { performance: samplePerformance() })
    const directory = writeSampleRun(join(folder, 'evaluate'), { target: 'evaluate', results })
    const { file } = await writeReport(directory, { training })
    expect(readFileSync(file, 'utf8')).toContain('64,000 images/s')
  })

  test('says so where a peak is not known, or nothing was counted or timed', async () => {
    const { operations, phases, throughput, ...rest } = samplePerformance({ kind: 'cpu', name: null })
    const unknown = { ...(operations as object), share_of_peak: null }
    expect(await trained({ ...rest, operations: unknown })).toContain('<dd>unknown of a CPU</dd>')
    const page = await trained(rest)
    expect(page).toContain('<dd>not counted</dd>')
    expect(page).toContain('No step was timed by its parts')
  })

  test('says where a trace is, if there is one', async () => {
    expect(await trained(samplePerformance(), [{ path: 'trace.json.gz' }])).toContain('trace.json.gz')
  })

  test('costs a report nothing where it cannot be read', async () => {
    expect(await trained({ version: 2 })).not.toContain('What the device gave')
  })
})
