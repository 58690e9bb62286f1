import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { outlookOf } from '../outlook'
import { plan } from '../plan'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
  const header = workspace.read('experiments/plain/tiny/experiment.yaml')
  workspace.write('experiments/plain/tiny/experiment.yaml', header.replace('[cpu]', '[cpu, gpu]'))
  workspace.write('libs/python/requirements/plain-cuda.txt', 'torch==2.13.0\n')
  const box = join(workspace.home, 'box')
  mkdirSync(box)
  Object.assign(process.env, { BLACKSMITH_DEVICE_ROOT: box, BLACKSMITH_NVML: 'libno-such-nvml.so' })
})
afterEach(() => workspace.dispose())

const onGpu = (target: 'prepare-data' | 'train') => {
  const request = workspace.request(target)
  return { ...request, flags: { ...request.flags, device: 'gpu' } }
}
const refused = expect.objectContaining({
  problems: [expect.objectContaining({ message: 'the run asks for 1 gpu device; this box has: none' })],
})

test.each(['prepare-data', 'train'] as const)(
  '%s on a GPU where there is none is refused before any environment is made',
  async (target) => {
    // Nothing could be made with this one.
    Object.assign(process.env, { PATH: '/nowhere' })
    delete process.env.BLACKSMITH_PYTHON
    await expect(execute(onGpu(target), workspace.session())).rejects.toEqual(refused)
    expect(existsSync(join(workspace.home, 'envs'))).toBe(false)
  },
)

test('a plan says so too, and is still shown', async () => {
  delete process.env.BLACKSMITH_PYTHON
  const planned = await plan(onGpu('train'))
  expect((await outlookOf(planned)).refusal).toEqual(refused)
  expect(planned.environmentName).toBe('plain-cuda')
  expect((await outlookOf(await plan(workspace.request('train')))).refusal).toBeUndefined()
})

test('data are prepared without a card for an experiment that only runs on one', async () => {
  const header = workspace.read('experiments/plain/tiny/experiment.yaml')
  workspace.write('experiments/plain/tiny/experiment.yaml', header.replace('[cpu, gpu]', '[gpu]'))
  expect((await outlookOf(await plan(workspace.request('prepare-data')))).refusal).toBeUndefined()
  expect((await outlookOf(await plan(workspace.request('train')))).refusal).toEqual(refused)
})
