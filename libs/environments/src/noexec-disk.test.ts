import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { removeTrees } from '../../config/src/testing/tree'
import { ensureEnvironment } from './ensure-environment'
import { addFakeUv, addRealPython, makeWorkshop, withVariables } from './testing/workshop'

const mounted: string[] = []
function mountNoexec(folder: string): boolean {
  mkdirSync(folder, { recursive: true })
  const options = ['-t', 'tmpfs', '-o', 'noexec,size=64m', 'tmpfs']
  const done = spawnSync('mount', [...options, folder]).status === 0
  if (done) mounted.push(folder)
  return done
}

const probe = makeWorkshop()
const canMount = mountNoexec(join(probe.home, 'probe'))
afterAll(() => {
  for (const folder of mounted) spawnSync('umount', ['-l', folder])
  removeTrees()
})

const why = canMount ? '' : ' (skipped: only root can mount a disk, and not in every container)'
const describeMounted = canMount ? describe : describe.skip

describeMounted(`on a disk that is mounted noexec${why}`, () => {
  const script = 'cd "$TMPDIR"; printf "#!/bin/sh\\n" > configure; chmod +x configure'
  test.each([
    ['says so by its path', `${script}; "$TMPDIR/configure" || exit 1`],
    ['says so by a path relative to it', `${script}; ./configure || exit 1`],
    [
      'hides it behind an exit status',
      `${script}; ./configure 2> /dev/null; echo "error: returned non-zero exit status $?"; exit 1`,
    ],
  ])('a package whose build runs what it made is told of the disk, if it %s', async (_, build) => {
    const shop = makeWorkshop()
    addRealPython(shop)
    addFakeUv(shop, build)
    mountNoexec(shop.home)
    await expect(
      withVariables({ PATH: shop.bin, BLACKSMITH_PYTHON: undefined }, () => ensureEnvironment('tiny', shop)),
    ).rejects.toMatchObject({
      problems: [
        {
          file: shop.home,
          message: expect.stringContaining(`mounted noexec (${shop.home})`),
          remedy: 'set BLACKSMITH_HOME to a folder on another disk',
        },
      ],
    })
    expect(shop.made()).toEqual([])
  })

  test('what may not be read elsewhere is not put down to it', async () => {
    const shop = makeWorkshop()
    addRealPython(shop)
    addFakeUv(shop, `echo "error: [Errno 13] Permission denied: '${shop.bin}/wheels'"; exit 1`)
    mountNoexec(shop.home)
    await expect(
      withVariables({ PATH: shop.bin, BLACKSMITH_PYTHON: undefined }, () => ensureEnvironment('tiny', shop)),
    ).rejects.toMatchObject({ problems: [{ message: expect.stringContaining('Permission denied') }] })
  })
})
