import { formatUserError, isUserError } from '@blacksmith/config'
import { TinyWorkspace } from '../testing/tiny-workspace'
import { resolveExperiment } from './experiment'

const token = 'q7Xz2LmP9vKd4RtB8nWs'
const yaml = 'experiments/plain/tiny/experiment.yaml'
let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
  Object.assign(process.env, { MY_TOKEN: token, PLACE: 'here' })
  const config = workspace.read('experiments/plain/tiny/config.ts')
  workspace.write(
    'experiments/plain/tiny/config.ts',
    config.replace('seed:', 'hub: z.string().optional(),\n    seed:'),
  )
})
afterEach(() => {
  workspace.dispose()
})

async function refusal(...set: string[]): Promise<string> {
  const error = await resolveExperiment(workspace.request('train', ...set)).catch((reason: unknown) => reason)
  if (error instanceof Error && !isUserError(error)) throw error
  const text = isUserError(error) ? formatUserError(error) : ''
  expect(text).not.toContain(token)
  return text
}

test.each([
  ['the value of a secret variable', `training.hub=${token}`],
  ['a token of a well-known form', `training.hub=hf_${token}${token}`],
  ['the same in Base64', `training.hub=${Buffer.from(`me:${token}`).toString('base64')}`],
  ['a password in a URL', 'training.hub=https://me:pw@host/'],
])('%s is refused as a parameter, before it is in a key', async (_, flag) => {
  expect(await refusal(flag)).toMatch(/^--set training\.hub {2}holds what looks like a secret/)
})

test('what looks like one is refused of a parameter that is called like one', async () => {
  const other = 'k3Lw8ZpQ5sTn1VxC'
  expect(await refusal(`training.hub_token=${other}`)).toMatch(
    /^--set training\.hub_token {2}holds what looks/,
  )
  expect(await refusal(`training.hub=${other}`)).toBe('')
})

test('also where the flag is wrong otherwise: its error would show it', async () => {
  expect(await refusal(`training.hb=${token}`)).toMatch(
    /^--set training\.hb {2}holds what looks like a secret/,
  )
})

test('in a file it is named with its place', async () => {
  workspace.write(yaml, workspace.read(yaml).replace('seed: 7', `seed: 7, hub: ${token}`))
  expect(await refusal()).toMatch(/experiment\.yaml:6 {2}training\.hub {2}holds what looks like a secret/)
})

test('a declared variable is refused for its value as for its name', async () => {
  workspace.write(yaml, `${workspace.read(yaml)}variables: [PLACE]\n`)
  expect(await refusal()).toBe('')
  process.env.PLACE = `at ${token}`
  expect(await refusal()).toMatch(/experiment\.yaml {2}variables {2}PLACE {2}holds what looks like a secret/)
})

test('what is no secret passes', async () => {
  process.env.OTHER_TOKEN = 'true'
  expect(await refusal('training.hub=true')).toBe('')
  expect(await refusal('training.hub=https://host/a@b')).toBe('')
  Object.assign(process.env, { POSTGRES_PASSWORD: 'postgres', DATASET_KEY: 'fold_1_of_5' })
  expect(await refusal('training.hub=data/postgres/fold_1_of_5')).toBe('')
  expect(await refusal('training.token_path=data/v1/2024-01-02/s3/shard0')).not.toMatch(/secret/)
})
