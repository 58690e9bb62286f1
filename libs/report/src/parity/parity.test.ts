import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ComparedRun, readComparedRun } from '../compare/compared-run'
import { sampleParameters, writeSampleRun } from '../fixtures/sample-runs'
import { formatParity } from './format-parity'
import { checkParity } from './parity'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parity-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function evaluated(kind: string, accuracy: number, parameters = sampleParameters()): Promise<ComparedRun> {
  count += 1
  const results = { metrics: { accuracy }, acceptance: {}, accepted: true }
  return readComparedRun(
    writeSampleRun(join(folder, String(count)), {
      target: 'evaluate',
      id: `run${count}`,
      kind,
      results,
      parameters,
    }),
  )
}

test('a device whose results lie within the tolerance has parity, and the table says by how much they differ', async () => {
  const parity = checkParity([await evaluated('cpu', 0.95), await evaluated('tt', 0.94)], {
    accuracy: { absolute: 0.01 },
  })
  expect(parity.holds).toBe(true)
  const text = formatParity(parity)
  expect(text).toMatch(/^accuracy +tt +0\.94 +0\.95 +-0\.01 +± 0\.01 +within$/m)
  expect(text).toContain('parity holds between cpu, tt')
})

test('a device outside the tolerance has none, and a metric that it does not give is outside too', async () => {
  const runs = [await evaluated('cpu', 0.95), await evaluated('gpu', 0.951), await evaluated('tt', 0.9)]
  expect(
    checkParity(runs, { accuracy: { relative: 0.01 } }).rows.map(({ kind, within }) => [kind, within]),
  ).toEqual([
    ['gpu', true],
    ['tt', false],
  ])
  const silent = await evaluated('tt', 0.95)
  silent.run.metrics = {}
  expect(checkParity([await evaluated('cpu', 0.95), silent], { accuracy: { absolute: 1 } }).holds).toBe(false)
})

test('repeats on one kind are compared by their mean', async () => {
  const runs = [await evaluated('cpu', 0.94), await evaluated('cpu', 0.96), await evaluated('tt', 0.95)]
  expect(checkParity(runs, { accuracy: { absolute: 0.001 } }).holds).toBe(true)
})

test('parameters that a device overlay changes are named', async () => {
  const bf16 = { ...sampleParameters(), training: { epochs: 3, precision: 'bf16' } }
  const parity = checkParity([await evaluated('cpu', 0.95), await evaluated('tt', 0.95, bf16)], {
    accuracy: { absolute: 0 },
  })
  expect(formatParity(parity)).toContain('training.precision')
})

test('what cannot be compared is refused with what to do', async () => {
  const cpu = await evaluated('cpu', 0.95)
  const tolerance = { accuracy: { absolute: 0.01 } }
  expect(() => checkParity([cpu], tolerance)).toThrow(/nothing to compare/)
  expect(() => checkParity([], tolerance)).toThrow(/nothing to compare/)
  const tt = await evaluated('tt', 0.95)
  expect(() => checkParity([cpu, tt], {})).toThrow(/no tolerance/)
  expect(() => checkParity([cpu, tt], { psnr: { absolute: 1 } })).toThrow(/no such metric/)
  const other = await evaluated('tt', 0.95)
  other.run.provenance.components.code = { 'recipe.py': 'b'.repeat(64) }
  expect(() => checkParity([cpu, other], tolerance)).toThrow(/differ in more than their device: code/)
  other.run.provenance.project = 'jax-mnist'
  expect(() => checkParity([cpu, other], tolerance)).toThrow(/not the same experiment/)
})
