import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync, unlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { experimentFolders } from '../header/experiment-folders'
import { ownDataPaths } from '../header/own-data-paths'
import { place } from '../header/place'
import { readHeader } from '../header/read-header'
import { resolveConfig } from '../resolve/resolve-config'
import { makeWorkspace, refusals } from '../testing/workspace'

const directory = 'experiments/lightning/mnist'
const files = {
  'experiment.yaml':
    'description: x\ndataset: { name: a }\nmodel: { name: b }\ndevices: [cpu]\ntraining: {}\n',
  'configs/full.yaml': '',
  'devices/cpu.yaml': '',
  'config.ts': `import { defineExperiment, z } from '@blacksmith/config'
export default defineExperiment({ dataset: z.object({}), model: z.object({}), training: z.object({}) })
`,
}

/** What is reported of an experiment in which `put` has taken the place of a file. */
async function problemsOf(name: keyof typeof files, put: (path: string) => void): Promise<string[]> {
  const root = makeWorkspace(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text])),
  )
  const path = join(root, directory, name)
  unlinkSync(path)
  put(path)
  expect([...experimentFolders(root).values()]).toEqual([directory])
  expect(ownDataPaths(root, directory, 'dataset')).toEqual([])
  return refusals(async () => {
    const header = readHeader(root, `${directory}/experiment.yaml`)
    const placement = place(header, {})
    await resolveConfig({ workspaceRoot: root, header, placement, configuration: 'full', set: [] })
  })
}

const fifo = (path: string) => execFileSync('mkfifo', [path])

test.each(Object.keys(files) as (keyof typeof files)[])(
  'a FIFO named %s is refused, not waited for',
  async (name) => {
    expect(await problemsOf(name, fifo)).toEqual([
      `${directory}/${name}  is a FIFO, not a file  put a file in its place`,
    ])
  },
)

test.each(Object.keys(files) as (keyof typeof files)[])(
  '%s as a device, a circle of links or a folder of its own is refused',
  async (name) => {
    const file = `${directory}/${name}`
    expect(await problemsOf(name, (path) => symlinkSync('/dev/zero', path))).toEqual([
      `${file}  is a device, not a file  put a file in its place`,
    ])
    expect(await problemsOf(name, (path) => symlinkSync(path, path))).toEqual([
      `${file}  is a link that leads in a circle  put a file in its place`,
    ])
    const most = 1 << 20
    const long = (path: string) => {
      execFileSync('touch', [path])
      truncateSync(path, most + 1)
    }
    expect(await problemsOf(name, long)).toEqual([
      `${file}  is larger than a configuration can be (1 MiB)  keep data in files of their own`,
    ])
  },
)

test('a socket is refused', async () => {
  const server = createServer()
  const listen = (path: string) => server.listen(path)
  const lines = problemsOf('experiment.yaml', listen)
  await expect(lines).resolves.toEqual([
    `${directory}/experiment.yaml  is a socket, not a file  put a file in its place`,
  ])
  server.close()
})
