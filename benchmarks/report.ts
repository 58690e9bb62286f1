import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeReport } from '@blacksmith/report/write-report'
import { writeSampleRun } from '../libs/report/src/fixtures/sample-runs'

/**
 * How long the report of a long run takes, against reading and parsing its metrics.jsonl, and how large it is.
 *
 *     npx jiti benchmarks/report.ts [steps] [rounds]
 */
async function main(): Promise<void> {
  const steps = Number(process.argv[2] ?? 100_000)
  const rounds = Number(process.argv[3] ?? 9)
  const folder = mkdtempSync(join(tmpdir(), 'benchmark-report-'))
  try {
    const directory = writeSampleRun(folder, { steps, telemetry: true })
    const metrics = join(directory, 'metrics.jsonl')
    const parse = async () => {
      let records = 0
      for (const line of (await readFile(metrics, 'utf8')).split('\n')) {
        if (line !== '' && JSON.parse(line) !== null) records += 1
      }
      return records
    }
    const report = () => writeReport(directory)
    // The first round of each warms up; then they take turns, so that what slows the machine slows both.
    await parse()
    await report()
    const times = { parse: [] as number[], report: [] as number[] }
    for (let round = 0; round < rounds; round += 1) {
      times.parse.push(await timed(parse))
      times.report.push(await timed(report))
    }
    const { size } = statSync(join(directory, 'report.html'))
    const ratio = median(times.report) / median(times.parse)
    const lines = readFileSync(metrics, 'utf8').split('\n').length - 1
    console.log(
      `${lines} lines of metrics.jsonl, ${(statSync(metrics).size / 1e6).toFixed(1)} MB, ${rounds} rounds`,
    )
    console.log(`reading and parsing: ${median(times.parse).toFixed(0)} ms (median)`)
    console.log(
      `report:              ${median(times.report).toFixed(0)} ms (median), ${ratio.toFixed(2)} times as long`,
    )
    console.log(`report.html:         ${(size / 1e3).toFixed(0)} kB`)
    const met = ratio <= 3 && size < 1e6
    console.log(met ? 'within the bounds: at most 3 times as long, below 1 MB' : 'OUTSIDE the bounds')
    process.exitCode = met ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

void main()
