import { ensureEnvironment } from '@blacksmith/environments'
import { Layout } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import { collectGarbage } from '@blacksmith/store/upkeep'
import { reportError } from '@blacksmith/terminal'

/** A process that does one thing with a store, and prints what came of it; tests run it as other users. */
interface Order {
  workspaceRoot: string
  env: NodeJS.ProcessEnv & { BLACKSMITH_HOME: string }
  does: 'environment' | 'collect'
  /** Of the environment. */
  name?: string
}

async function main({ workspaceRoot, env, does, name = '' }: Order): Promise<void> {
  Object.assign(process.env, env)
  const home = env.BLACKSMITH_HOME
  if (does === 'environment') {
    const lines: string[] = []
    const onLine = (line: string) => lines.push(line)
    const made = await withRightsOf(home, () => ensureEnvironment(name, { workspaceRoot, home, onLine }))
    console.log(JSON.stringify({ python: made.python, lines }))
  } else {
    const { removed, kept } = await collectGarbage(
      new Layout(home),
      { keepDays: 0 },
      { now: Date.now() + 86_400_000 },
    )
    console.log(JSON.stringify({ removed: removed.map(({ kind }) => kind), kept }))
  }
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  reportError(error)
  process.exitCode = 1
})
