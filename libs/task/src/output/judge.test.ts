import { readFileSync } from 'node:fs'
import { resolveExperiment } from '../experiment/experiment'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'
import { judge } from './judge'
import { thresholds } from './thresholds'

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
  const config = 'experiments/plain/tiny/config.ts'
  const text = readFileSync(workspace.path(config), 'utf8')
  const path = "path: role('location', z.string().nullable()).default(null), size: z.int()"
  workspace.write(config, text.replace('size: z.int()', path))
  edit('at_least: 0 ', 'at_least: 1000 ')
  workspace.write('mine/data.txt', 'mine\n')
})
afterEach(() => workspace.dispose())

const edit = (from: string, to: string) => {
  const file = 'experiments/plain/tiny/experiment.yaml'
  workspace.write(file, readFileSync(workspace.path(file), 'utf8').replace(from, to))
}

/** The judgement on a model that has walked 5. */
async function judged(configuration: string, ...set: string[]) {
  const { config } = await resolveExperiment({ ...workspace.request('evaluate', ...set), configuration })
  return judge({ walked: 5 }, thresholds(config), 'experiment.yaml')
}

test('a threshold that was set for other data is shown, and rejects nothing', async () => {
  const { results } = await execute(workspace.request('evaluate', 'dataset.path=mine'), workspace.session())
  expect(results).toEqual({
    metrics: { walked: expect.any(Number) },
    acceptance: {},
    not_judged: { walked: { at_least: 1000 } },
    accepted: true,
  })
  expect(JSON.parse(readFileSync(workspace.dist('evaluate', 'results.json'), 'utf8'))).toEqual(results)
  expect(workspace.said()).toMatch(/at least 1000 +not judged\nreported, not judged: the thresholds/)
  const page = readFileSync(workspace.dist('evaluate', 'report.html'), 'utf8')
  expect(page).toContain('reported, not judged')
  expect(page).not.toMatch(/✓|✗|class="verdict good/)
})

test('nor does one on a metric that these data do not have', async () => {
  edit('walked:', 'walked_by_night:')
  expect((await judged('default', 'dataset.path=mine')).accepted).toBe(true)
})

test('of the bounds of a metric only those count that were set along with the data', async () => {
  const asked = ['dataset.path=mine', 'acceptance.walked.at_most=1000']
  const results = await judged('default', ...asked)
  expect(results).toMatchObject({
    acceptance: { walked: { at_most: 1000, met: true } },
    not_judged: { walked: { at_least: 1000 } },
    accepted: true,
  })
})

test.each([
  [['dataset.path=mine', 'acceptance.walked.at_most=7']],
  [['acceptance.walked.at_most=7', 'dataset.path=mine']],
])('a flag’s bound for a person’s own data is held against no bound for other data: %j', async (set) => {
  expect(await judged('default', ...set)).toMatchObject({
    acceptance: { walked: { at_most: 7, met: true } },
    not_judged: { walked: { at_least: 1000 } },
  })
})

test.each([
  [['acceptance.walked.at_most=7']],
  [['dataset.path=mine', 'acceptance.walked.at_least=8', 'acceptance.walked.at_most=7']],
])('two bounds for the same data are, whatever the order of the flags: %j', async (set) => {
  await expect(judged('default', ...set)).rejects.toThrow(/--set acceptance.walked.at_most=7 .*never be met/)
})

test.each([
  [
    'an overlay that brings data and thresholds',
    'dataset: { path: mine }\nacceptance: { walked: { at_least: 2000 } }\n',
    [],
  ],
  [
    'a flag that asks something of an overlay’s data',
    'dataset: { path: mine }\n',
    ['acceptance.walked.at_least=2000'],
  ],
])('%s judges', async (_, overlay, set) => {
  workspace.write('experiments/plain/tiny/configs/own.yaml', overlay)
  const results = await judged('own', ...set)
  expect(results).toMatchObject({ acceptance: { walked: { at_least: 2000, met: false } }, accepted: false })
  expect(results).not.toHaveProperty('not_judged')
})

test('an experiment whose own file names the data is judged, and not on others that a flag gives', async () => {
  edit('name: counts', 'name: counts, path: mine')
  expect((await judged('default')).accepted).toBe(false)
  workspace.write('other/data.txt', 'other\n')
  expect((await judged('default', 'dataset.path=other')).accepted).toBe(true)
})

test('an overlay that asks for more of the usual data does not speak for a flag’s', async () => {
  workspace.write('experiments/plain/tiny/configs/own.yaml', 'acceptance: { walked: { at_least: 2000 } }\n')
  expect((await judged('own')).accepted).toBe(false)
  expect((await judged('own', 'dataset.path=mine')).accepted).toBe(true)
})
