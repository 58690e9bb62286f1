import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const repository = resolve(__dirname, '..')
const nx = join(repository, 'node_modules', 'nx', 'dist', 'bin', 'nx.js')

/** A workspace of Nx's without our plugin, with one project named `plain`: what ours is measured beside. */
export class PlainWorkspace {
  readonly root = mkdtempSync(join(tmpdir(), 'blacksmith-plain-'))

  /** @param targets as in project.json */
  constructor(targets: Record<string, unknown>) {
    symlinkSync(join(repository, 'node_modules'), join(this.root, 'node_modules'))
    this.write(
      'nx.json',
      JSON.stringify({ neverConnectToCloud: true, analytics: false, tui: { enabled: false } }),
    )
    this.write('package.json', JSON.stringify({ name: 'plain-workspace', private: true }))
    this.write('plain/project.json', JSON.stringify({ name: 'plain', targets }))
    this.write('.gitignore', 'node_modules\ndist\n.nx\n')
    spawnSync('git', ['init', '--quiet'], { cwd: this.root })
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NX_CACHE_DIRECTORY: join(this.root, '.nx', 'cache'),
      NX_WORKSPACE_DATA_DIRECTORY: join(this.root, '.nx', 'data'),
      ...more,
    }
  }

  dispose(): void {
    spawnSync('node', [nx, 'daemon', '--stop'], { cwd: this.root, env: this.environment() })
    rmSync(this.root, { recursive: true, force: true })
  }
}
