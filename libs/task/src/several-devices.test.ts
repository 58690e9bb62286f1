import { readFileSync } from 'node:fs'
import { loadAddon } from '@blacksmith/native'
import { plan } from './plan'
import { execute } from './testing/execute'
import { TinyWorkspace } from './testing/tiny-workspace'

const experiment = 'experiments/plain/tiny/experiment.yaml'
const recipe = 'experiments/plain/tiny/recipe.py'

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
  const header = workspace.read(experiment)
  workspace.write(experiment, header.replace('threads: 1\n', 'threads: 1\nmax_devices: 2\n'))
  workspace.write(
    recipe,
    workspace
      .read(recipe)
      .replace(
        'weight += random.random()',
        'own = random.random()\n        weight += own + sum(others(ctx, own))',
      )
      .concat(meeting),
  )
})
afterEach(() => workspace.dispose())

/** By a port of the kernel's choice, as Gloo does; the first one tells the others which. */
const meeting = `

def others(ctx, own):
    import socket

    if ctx.ranks.is_first:
        with socket.create_server(("127.0.0.1", 0)) as server:
            ctx.ranks.decide(lambda: server.getsockname())
            for _ in range(ctx.ranks.count - 1):
                server.accept()[0].close()
    else:
        socket.create_connection(ctx.ranks.decide(lambda: None)).close()
    values = ctx.ranks.gather(own)
    return ctx.ranks.decide(lambda: [own, *values])
`

const onTwo = (target: 'prepare-data' | 'train' | 'evaluate', ...set: string[]) => {
  const request = workspace.request(target, ...set)
  return { ...request, flags: { ...request.flags, devices: 2 } }
}

const provenance = () =>
  JSON.parse(workspace.read(`${workspace.dist('train').slice(workspace.root.length + 1)}/provenance.json`))

const severalCores = loadAddon().usableCores().length > 1 ? test : test.skip

severalCores(
  'two processes train one model under one lease, and find each other inside their box',
  async () => {
    await execute(onTwo('prepare-data'), workspace.session())
    await execute(onTwo('train'), workspace.session())
    const { device, box, components } = provenance()
    expect(device).toMatchObject({ kind: 'cpu', count: 2, processes: 2, threads: 1 })
    expect(new Set(device.ids).size).toBe(2)
    expect(box).toMatchObject({ network: 'chosen' })
    expect(components.placement).toEqual({ kind: 'cpu', count: 2, processes: 2, threads: 1 })
    const first = readFileSync(workspace.dist('train', 'manifest.json'), 'utf8')
    await execute(onTwo('train'), workspace.session({ fresh: true }))
    expect(readFileSync(workspace.dist('train', 'manifest.json'), 'utf8')).toBe(first)
    const steps = workspace.read(`${workspace.dist('train').slice(workspace.root.length + 1)}/metrics.jsonl`)
    expect(steps.trim().split('\n')).toHaveLength(12)
  },
)

test('the number of devices is in the key of a training, and in no other', async () => {
  const keys = (planned: Awaited<ReturnType<typeof plan>>) => planned.draft.placement
  expect(keys(await plan(onTwo('train')))).not.toEqual(keys(await plan(workspace.request('train'))))
  expect(keys(await plan(onTwo('evaluate')))).toEqual(keys(await plan(workspace.request('evaluate'))))
  expect((await plan(onTwo('prepare-data'))).key).toEqual((await plan(workspace.request('prepare-data'))).key)
})

test('a batch that the devices cannot share evenly is refused where its size stands', async () => {
  const config = 'experiments/plain/tiny/config.ts'
  workspace.write(
    config,
    workspace.read(config).replace('seed: z', 'batch_size: z.int().default(4),\n    seed: z'),
  )
  await expect(plan(onTwo('train', 'training.batch_size=5'))).rejects.toMatchObject({
    problems: [
      {
        flag: '--set training.batch_size=5',
        field: 'training.batch_size',
        message: 'a batch of 5 cannot be shared evenly by 2 devices',
        remedy: 'set it to a multiple of 2, such as 6',
      },
    ],
  })
  workspace.write(experiment, workspace.read(experiment).replace('seed: 7', 'seed: 7, batch_size: 3'))
  await expect(plan(onTwo('train'))).rejects.toMatchObject({ problems: [{ file: experiment, line: 7 }] })
  await plan(workspace.request('train'))
})
