import { once } from 'node:events'
import { EventEmitter } from 'node:stream'
import { addFiles, makeTree, removeTrees } from '../../config/src/testing/tree'
import { MakingProgress } from './making-progress'

afterAll(removeTrees)

/** What is printed of an environment of three packages. */
function follow(o: { folder?: string; silence?: number } = {}) {
  const lines: string[] = []
  const printed = new EventEmitter()
  const print = (line: string) => {
    lines.push(line)
    printed.emit('line', line)
  }
  // Long enough for a test that asks by itself.
  const progress = new MakingProgress({ folder: '/nowhere', packages: 3, silence: 1e9, ...o, print })
  return { progress, lines, printed }
}

test('what is waited for is printed again and again, though the installer is silent', async () => {
  const { progress, printed } = follow({ silence: 8 })
  progress.begin('waiting for an answer of https://index.example')
  for (let time = 0; time < 3; time++) {
    const [line] = await once(printed, 'line')
    expect(line).toMatch(/^ {2}waiting for an answer of https:\/\/index\.example: \d+ s so far$/)
  }
  progress.end()
})

test('packages that are looked for are counted', async () => {
  const { progress } = follow()
  progress.readLine('Collecting torch==2.13.0 (from -r pins.txt (line 1))')
  progress.readLine('  Using cached torch.whl')
  progress.readLine('Collecting lightning-utilities==0.15')
  expect(await progress.status()).toMatch(/^looking for package 2 of 3, lightning-utilities: 0 s so far$/)
  progress.readLine(
    'Processing /wheels/numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (from -r pins.txt (line 3))',
  )
  expect(await progress.status()).toMatch(/^looking for package 3 of 3, numpy: 0 s so far$/)
  progress.end()
})

test('of a download its bytes are shown', async () => {
  const folder = makeTree({ 'pip-unpack-x/torch.whl': '.'.repeat(2_500_000) })
  const { progress, lines } = follow()
  progress.begin('looking for packages', folder)
  progress.readLine('  Downloading torch.whl (190.1 MB)')
  expect(lines).toEqual(['  Downloading torch.whl (190.1 MB)'])
  expect(await progress.status()).toBe('downloading torch.whl (190.1 MB): 2.5 MB, 0 s so far')
  progress.end()
})

test('packages that are installed are counted, without those that others carry in them', async () => {
  const site = 'lib/python3.11/site-packages'
  const folder = makeTree({ [`${site}/pip-23.2.dist-info/INSTALLER`]: 'pip' })
  const { progress } = follow({ folder })
  progress.readLine('Installing collected packages: numpy, setuptools, torch')
  expect(await progress.status()).toMatch(/^installing package 1 of 3, numpy: /)
  addFiles(folder, {
    [`${site}/numpy-2.4.6.dist-info/INSTALLER`]: 'pip',
    [`${site}/setuptools/_vendor/x-1.dist-info/INSTALLER`]: 'pip',
  })
  expect(await progress.status()).toMatch(/^installing package 2 of 3, setuptools: \d+ bytes, /)
  progress.end()
})
