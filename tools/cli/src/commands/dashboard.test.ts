import { dashboardCommand } from './dashboard'

test.each(['0', '70000', 'many', '80.5', ''])('%j is refused as a port before anything is served', (port) => {
  const command = dashboardCommand().exitOverride()
  expect(() => command.parse(['node', 'blacksmith', `--port=${port}`])).toThrow(/--port.*is not a port/)
})
