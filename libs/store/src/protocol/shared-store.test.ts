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
import { join } from 'node:path'
import { Layout } from '../home'
import { runChild } from '../testing/child'
import { draftOf, temporaryFolders } from '../testing/fixtures'
import { anotherUser, describeUnless, otherUser, whyNoOtherUsers } from '../testing/machine'

jest.setTimeout(30_000)

const temporary = temporaryFolders({ inMemory: true })
const compiled = temporary('compiled')
chmodSync(compiled, 0o777)
const files = { model: 'weights', 'parts/a.bin': 'a', 'log.txt': 'log' }

/** A store as an administrator makes it: a group, its set-group-ID bit, nothing for others. */
function sharedStore() {
  const root = temporary('shared store ö')
  chmodSync(root, 0o755)
  const home = join(root, 'store')
  mkdirSync(home)
  chownSync(home, 0, otherUser.gid)
  chmodSync(home, 0o2770)
  const orderFor = (user: { uid: number }, seed: number) => {
    const destination = join(root, `${user.uid}/dist/lightning-mnist/default/train`)
    mkdirSync(join(root, `${user.uid}`), { recursive: true })
    chownSync(join(root, `${user.uid}`), user.uid, otherUser.gid)
    return { home, seed, files, destination }
  }
  const run = async (user: { uid: number; gid: number }, seed: number, more: object = {}) => {
    const order = { ...orderFor(user, seed), ...more }
    // A umask that takes the group's rights away, as most have it.
    const { output, errors } = await runChild('run-target.ts', order, { ...user, umask: 0o022, compiled })
    if (errors) throw new Error(errors)
    return JSON.parse(output) as { ended: string; warnings: string[]; removed: string[]; kept: object[] }
  }
  return { home, layout: new Layout(home), run }
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
    await run(otherUser, 2, { instead: 'label' })
    expect(await run(anotherUser, 2, { instead: 'label' })).toEqual({ tags: ['seen'] })
    const { removed } = await run(anotherUser, 0, { instead: 'collect' })
    expect(removed).toContain('broken')
  })
})

describeUnless(whyNoOtherUsers(), 'a capsule that only its owner may change', () => {
  it('stays when another user of the store collects, who takes away all else', async () => {
    const { layout, run } = sharedStore()
    await run(otherUser, 1)
    rmSync(join(layout.home, 'workspaces'), { recursive: true })
    const capsule = layout.capsule(draftOf(1).key)
    mkdirSync(capsule, { recursive: true })
    writeFileSync(join(capsule, 'recipe.py'), 'pass')
    chmodSync(layout.capsules, 0o2770)
    chownSync(layout.capsules, 0, otherUser.gid)
    chownSync(capsule, otherUser.uid, otherUser.gid)
    chmodSync(capsule, 0o755)
    const { removed, kept } = await run(anotherUser, 0, { instead: 'collect' })
    expect(removed).toEqual(['artifact'])
    expect(kept).toMatchObject([{ path: capsule, because: 'it is of another user' }])
    expect(existsSync(capsule)).toBe(true)
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
