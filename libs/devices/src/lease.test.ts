import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isUserError, type Placement } from '@blacksmith/config'
import { loadAddon } from '@blacksmith/native'
import { leaseDevices } from './lease'
import { LeaseBox } from './testing/lease-box'
import { startExecutor } from './testing/start-executor'

const oneCore: Placement = { kind: 'cpu', count: 1, threads: 1 }
const cores = loadAddon().usableCores()

let box: LeaseBox
beforeEach(() => {
  box = new LeaseBox()
})
afterEach(() => box.close())

const lease = (placement: Placement, o: { signal?: AbortSignal; env?: Record<string, string> } = {}) =>
  leaseDevices(placement, { project: 'p', target: 'train', ...o, env: { ...box.env, ...o.env } })

const start = (command: string[], o: Parameters<typeof startExecutor>[2] = {}) =>
  box.watch(startExecutor(oneCore, command, { ...o, env: { ...box.env, ...o.env } }))

describe('a lease of cores', () => {
  it('gives parallel runs different cores, and the trainer the affinity and thread counts of its own', async () => {
    if (cores.length < 2) return
    const report = 'taskset -pc $$; echo threads $OMP_NUM_THREADS $MKL_NUM_THREADS $OPENBLAS_NUM_THREADS'
    const command = ['sh', '-c', `${report}; exec "$@"`, 'sh', ...box.untilOpened('gate')]
    const runs = [start(command), start(command)]
    const ids = await Promise.all(
      runs.map(async (run) => (await run.untilPrinted('granted')).ids as string[]),
    )
    expect(new Set(ids.flat()).size).toBe(2)
    box.open('gate')
    for (const [i, run] of runs.entries()) {
      await run.untilPrinted('ended')
      expect(run.output[0]).toMatch(new RegExp(`affinity list: ${ids[i]?.[0]?.replace('cpu', '')}$`))
      expect(run.output[1]).toBe('threads 1 1 1')
    }
  })

  it('is shown to those who wait with its holder, and passes to them in the order in which they came', async () => {
    const env = { BLACKSMITH_DEVICE: 'cpu0' }
    const first = start(box.untilOpened('first'), { env, target: 'train' })
    await first.untilPrinted('granted')
    const second = start(['true'], { env })
    const waiting = await second.untilPrinted('waiting')
    expect(waiting.line).toMatch(/^place 1 in the queue; cpu0 held by testing:train of user \d+, pid \d+ on /)
    expect(waiting.line).toContain(`pid ${first.process.pid} `)
    const third = start(['true'], { env })
    expect((await third.untilPrinted('waiting')).line).toMatch(/^place 2 in the queue/)
    box.open('first')
    const grants = await Promise.all([first, second, third].map((run) => run.untilPrinted('granted')))
    const times = grants.map((grant) => grant.time)
    expect([...times].sort()).toEqual(times)
  })

  it('says whether another process waits for it', async () => {
    const env = { BLACKSMITH_DEVICE: 'cpu0' }
    const mine = await lease(oneCore, { env })
    expect(await mine.isWanted()).toBe(false)
    const other = start(['true'], { env })
    await other.untilPrinted('waiting')
    expect(await mine.isWanted()).toBe(true)
    await mine.release()
    await other.untilPrinted('ended')
  })

  it('keeps the threads of the placement where the box has fewer cores, and says so', async () => {
    const threads = cores.length + 3
    // Without the limits that control groups may set here.
    const held = await lease({ ...oneCore, threads }, { env: { BLACKSMITH_DEVICE_ROOT: box.folder } })
    expect(held.ids).toHaveLength(cores.length)
    expect(held.environment.OMP_NUM_THREADS).toBe(String(threads))
    expect(held.notes).toEqual([
      expect.stringMatching(`the run has ${threads} threads and gets ${cores.length} core`),
    ])
    await held.release()
  })

  it('removes variables of other stacks and keeps cards out of sight of a run on the CPU', async () => {
    const env = { OMP_PLACES: 'cores', CUDA_VISIBLE_DEVICES: '0', TT_METAL_VISIBLE_DEVICES: '0' }
    const run = start(
      ['sh', '-c', 'env | grep -cE "OMP_PLACES|TT_METAL_VISIBLE_DEVICES"; echo "[$CUDA_VISIBLE_DEVICES]"'],
      { env },
    )
    await run.untilPrinted('ended')
    expect(run.output).toEqual(['0', '[]'])
  })

  it('gives up when it is aborted, and leaves no trace in the queue', async () => {
    const held = await lease({ ...oneCore, threads: cores.length })
    const stop = new AbortController()
    const waiting = lease(oneCore, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('no longer wanted')), 100)
    await expect(waiting).rejects.toThrow('no longer wanted')
    await held.release()
    expect(readFileSync(join(box.folder, 'cpu-0.lease'), 'utf8')).toMatch(
      /^blacksmith-lease 1\nstate=none\nend\n/,
    )
    await (await lease({ ...oneCore, threads: cores.length })).release()
  })

  it('names the holder when BLACKSMITH_WAIT is over', async () => {
    const held = await lease({ ...oneCore, threads: cores.length })
    const error = await lease(oneCore, { env: { BLACKSMITH_WAIT: '0.2' } }).catch((error) => error)
    expect(isUserError(error)).toBe(true)
    expect(error.message).toMatch(`BLACKSMITH_WAIT=0.2 s: place 1 in the queue`)
    expect(error.message).toMatch(`held by p:train of user ${process.getuid?.()}, pid ${process.pid}`)
    await held.release()
  })

  it('is waited for as long as BLACKSMITH_WAIT says, also where the clock is set back meanwhile', async () => {
    const held = await lease({ ...oneCore, threads: cores.length })
    const now = Date.now()
    let looks = 0
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now - 3_600_000 * looks++)
    try {
      await expect(lease(oneCore, { env: { BLACKSMITH_WAIT: '0.2' } })).rejects.toThrow(
        /BLACKSMITH_WAIT=0\.2 s/,
      )
    } finally {
      clock.mockRestore()
      await held.release()
    }
  })

  it('may be given back twice', async () => {
    const held = await lease(oneCore)
    expect(await held.release()).toEqual({ clean: true })
    expect(await held.release()).toEqual({ clean: true })
  })

  it('refuses a lease directory that is a file, and a wait that is no number, with what to do', async () => {
    const file = join(box.folder, 'file')
    writeFileSync(file, '')
    const refused = await lease(oneCore, { env: { BLACKSMITH_LEASE_DIR: file } }).catch((error) => error)
    expect(isUserError(refused)).toBe(true)
    expect(refused.problems[0].message).toBe(`the lease directory ${file} cannot be opened: Not a directory`)
    expect(refused.problems[0].remedy).toMatch('BLACKSMITH_LEASE_DIR')
    await expect(lease(oneCore, { env: { BLACKSMITH_WAIT: 'soon' } })).rejects.toThrow(
      /BLACKSMITH_WAIT {2}is 'soon'/,
    )
  })
})
