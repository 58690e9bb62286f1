import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceKinds } from '@blacksmith/config/header'

const plugin = join(__dirname, '..')
const read = (file: string) => JSON.parse(readFileSync(join(plugin, file), 'utf8'))

const commands = [
  ...Object.entries<{ schema: string }>(read('generators.json').generators),
  ...Object.entries<{ schema: string }>(read('executors.json').executors),
].map(([name, { schema }]) => [name, schema] as const)

test.each(commands)(
  'the help of %s says what it does and how it is called, and what each flag is for',
  (_name, file) => {
    const { description, examples, properties } = read(file)
    // Nx prints `undefined` for a description that is not there.
    expect(description).toMatch(/\.$/)
    for (const { command } of examples) expect(command).toMatch(/^nx (g @blacksmith\/executors:|run )/)
    for (const option of Object.values<{ description?: string }>(properties))
      expect(option.description).toMatch(/\w/)
  },
)

test('--device takes every kind of device that there is', () => {
  const { properties } = read('src/executors/schema.json')
  expect(properties.device.enum).toEqual(['auto', ...deviceKinds])
})
