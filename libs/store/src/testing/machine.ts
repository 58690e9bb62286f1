import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Another user of the machine, who needs no entry in /etc/passwd. */
export const otherUser = { uid: 54_321, gid: 54_320 }
export const anotherUser = { uid: 54_322, gid: 54_320 }

/** Why processes of other users cannot be started here; undefined where they can. */
export function whyNoOtherUsers(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start processes of other users'
  const probe = `require(${JSON.stringify(require.resolve('jiti'))}); require('fs').readFileSync(${JSON.stringify(__filename)})`
  const { status } = spawnSync(process.execPath, ['-e', probe], { ...otherUser, cwd: '/', env: {} })
  return status === 0 ? undefined : 'other users cannot read this workspace'
}

/** Why no file system can be mounted here; undefined where one can. */
export function whyNoMounts(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount a small disk'
  const folder = mkdtempSync(join(tmpdir(), 'blacksmith-mount-'))
  try {
    mountSmallDisk(folder, '1m')
    unmount(folder)
    return undefined
  } catch {
    return 'this container may not mount anything'
  }
}

export function mountSmallDisk(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', folder], { stdio: 'ignore' })
}

/** Why no overlay can be mounted over a temporary folder here; undefined where one can. */
export function whyNoOverlays(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount an overlay'
  const [lower = '', layers = '', merged = ''] = ['lower', 'layers', 'merged'].map((name) =>
    mkdtempSync(join(tmpdir(), `blacksmith-${name}-`)),
  )
  try {
    mountOverlay(lower, layers, merged)
    unmount(merged)
    return undefined
  } catch {
    return 'this container may not mount an overlay'
  } finally {
    for (const folder of [lower, layers, merged]) rmSync(folder, { recursive: true, force: true })
  }
}

/** Mounts what `lower` holds on `merged`, as container engines do; what is written goes into `layers`. */
export function mountOverlay(lower: string, layers: string, merged: string): void {
  const [upper, work] = [join(layers, 'upper'), join(layers, 'work')]
  for (const folder of [upper, work]) mkdirSync(folder)
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},redirect_dir=off`
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'overlay', merged], { stdio: 'ignore' })
}

/** Mounts a folder at another path. */
export function bindMount(folder: string, target: string): void {
  execFileSync('mount', ['--bind', folder, target], { stdio: 'ignore' })
}

export function remountReadOnly(folder: string): void {
  execFileSync('mount', ['-o', 'remount,ro', folder], { stdio: 'ignore' })
}

export function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
}

/** A suite that is skipped where the machine cannot do it, with the reason in its name. */
export function describeUnless(why: string | undefined, name: string, body: () => void): void {
  if (why === undefined) describe(name, body)
  else describe.skip(`${name} (${why})`, body)
}
