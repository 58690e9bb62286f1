import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Layout } from '../home'
import { compiledFor, runChild } from '../testing/child'
import { draftOf, temporaryFolders } from '../testing/fixtures'
import { anotherUser, describeUnless, otherUser, whyNoOtherUsers } from '../testing/machine'

jest.setTimeout(300_000)

const temporary = temporaryFolders({ inMemory: true })
const compiled = temporary('compiled')
chmodSync(compiled, 0o755)
const files = { model: 'weights', 'parts/a.bin': 'a', 'log.txt': 'log' }

/** Most umasks take from the group the right to write, and some that to read, too. */
const umasks: Record<number, number> = { [otherUser.uid]: 0o022, [anotherUser.uid]: 0o077 }

/** A store as an administrator makes it: a group, its set-group-ID bit, nothing for others. */
function sharedStore() {
  const root = temporary('shared store ö')
  chmodSync(root, 0o755)
  const home = join(root, 'store')
  mkdirSync(home)
  shareFolder(home)
  const orderFor = (user: { uid: number }, seed: number) => {
    const destination = join(root, `${user.uid}/dist/lightning-mnist/default/train`)
    mkdirSync(join(root, `${user.uid}`), { recursive: true })
    chownSync(join(root, `${user.uid}`), user.uid, otherUser.gid)
    return { home, seed, files, destination }
  }
  const run = async (user: { uid: number; gid: number }, seed: number, more: object = {}) => {
    const order = { ...orderFor(user, seed), ...more }
    const { output, errors } = await runChild('run-target.ts', order, {
      ...user,
      umask: umasks[user.uid] ?? 0o022,
      compiled: compiledFor(compiled, user),
    })
    if (errors) throw new Error(errors)
    return JSON.parse(output) as { ended: string; warnings: string[]; removed: string[]; kept: object[] }
  }
  return { home, layout: new Layout(home), run }
}

function shareFolder(folder: string): void {
  chownSync(folder, 0, otherUser.gid)
  chmodSync(folder, 0o2770)
}

describeUnless(whyNoOtherUsers(), 'a store that two users share', () => {
  it('gives each what the other made, and both may write everywhere', async () => {
    const { home, layout, run } = sharedStore()
    expect(await run(otherUser, 1)).toMatchObject({ ended: 'made' })
    expect(await run(anotherUser, 1)).toMatchObject({ ended: 'reused', warnings: [] })
    expect(await run(anotherUser, 2)).toMatchObject({ ended: 'made' })
    expect(await run(otherUser, 2)).toMatchObject({ ended: 'reused', warnings: [] })
    const artifact = layout.artifact(draftOf(1).key)
    expect(lstatSync(join(artifact, 'model')).mode & 0o7777).toBe(0o440)
    for (const folder of readdirSync(home, { recursive: true, withFileTypes: true })) {
      if (!folder.isDirectory()) continue
      const stats = lstatSync(join(folder.parentPath, folder.name))
      expect(`${folder.name} ${(stats.mode & 0o7777).toString(8)} ${stats.gid}`).toBe(
        `${folder.name} 2770 ${otherUser.gid}`,
      )
    }
  })

  it('lets each set aside, label and collect what the other made', async () => {
    const { layout, run } = sharedStore()
    await run(otherUser, 1)
    await run(otherUser, 2)
    const model = join(layout.artifact(draftOf(1).key), 'model')
    const { mode, uid } = lstatSync(model)
    writeFileSync(model, 'WEIGHTS')
    chmodSync(model, mode)
    expect(uid).toBe(otherUser.uid)
    const again = await run(anotherUser, 1)
    expect(again.ended).toBe('made')
    expect(again.warnings[0]).toContain('model has other bytes')
    expect(readFileSync(model, 'utf8')).toBe('weights')
    // A copy of an artifact that was brought in with the rights of another place.
    const foreign = layout.artifact(draftOf(3).key)
    mkdirSync(foreign, { recursive: true })
    writeFileSync(join(foreign, 'manifest.json'), '{}', { mode: 0o600 })
    await run(otherUser, 2, { instead: 'label' })
    expect(await run(anotherUser, 2, { instead: 'label' })).toEqual({ tags: ['seen'] })
    const { removed } = await run(anotherUser, 0, { instead: 'collect' })
    expect(removed).toContain('broken')
  })
})

describeUnless(whyNoOtherUsers(), 'what only its owner may change', () => {
  it('stays when another user of the store collects, who takes away all else', async () => {
    const { layout, run } = sharedStore()
    await run(otherUser, 1)
    rmSync(join(layout.home, 'workspaces'), { recursive: true })
    const lineage = join(layout.work, draftOf(9).key)
    const owned = [layout.capsule(draftOf(1).key), lineage]
    for (const folder of owned) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'recipe.py'), 'pass')
      shareFolder(dirname(folder))
      chownSync(folder, otherUser.uid, otherUser.gid)
      chmodSync(folder, 0o755)
    }
    const dead = join(layout.trash, 'dead')
    mkdirSync(join(dead, 'closed'), { recursive: true })
    writeFileSync(join(dead, 'closed/model'), '')
    shareFolder(layout.trash)
    const { removed, kept } = await run(anotherUser, 0, { instead: 'collect' })
    expect(removed.sort()).toEqual(['artifact', 'trash'])
    expect(kept).toMatchObject(owned.map((path) => ({ path, because: 'it is of another user' })))
    expect(owned.map((path) => existsSync(path))).toEqual([true, true])
  })
})

describeUnless(whyNoOtherUsers(), "another user's store", () => {
  it('gives what it has, and says what to do about what it has not', async () => {
    const { home, layout, run } = sharedStore()
    await run(otherUser, 1)
    const stranger = { uid: 54_323, gid: 54_323 }
    chmodSync(home, 0o2775)
    for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
      chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o2775 : 0o444)
    }
    expect(await run(stranger, 1)).toMatchObject({ ended: 'reused', warnings: [] })
    await expect(run(stranger, 2)).rejects.toThrow(/nothing can be written to the store \(EACCES\)/)
    expect(readdirSync(layout.staging)).toEqual([])
  })
})
