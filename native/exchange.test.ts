import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { exchange } from './index'

describe('exchange', () => {
  let folder: string
  let first: string
  let second: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'exchange-'))
    first = join(folder, 'first')
    second = join(folder, 'second')
    for (const path of [first, second]) {
      mkdirSync(path)
      writeFileSync(join(path, 'name'), path)
    }
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('swaps two folders with all that is in them', () => {
    exchange(first, second)
    expect(readFileSync(join(first, 'name'), 'utf8')).toBe(second)
    expect(readFileSync(join(second, 'name'), 'utf8')).toBe(first)
  })

  it('never leaves a path empty for somebody who looks meanwhile', async () => {
    const looker = new Worker(
      `const { existsSync } = require('node:fs')
       const { parentPort, workerData } = require('node:worker_threads')
       let missing = 0
       for (let i = 0; i < 20000; i++) if (!existsSync(workerData)) missing++
       parentPort.postMessage(missing)`,
      { eval: true, workerData: first },
    )
    let missing: number | undefined
    looker.once('message', (count) => {
      missing = count
    })
    while (missing === undefined) {
      for (let i = 0; i < 100; i++) exchange(first, second)
      await new Promise(setImmediate)
    }
    expect(missing).toBe(0)
  })

  it('names both paths and the reason when it cannot be done, and changes nothing', () => {
    const inside = join(first, 'inside')
    mkdirSync(inside)
    expect(() => exchange(first, inside)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(() => exchange(first, join(folder, 'none'))).toThrow(
      expect.objectContaining({
        code: 'ENOENT',
        message: `ENOENT: cannot exchange ${first} and ${folder}/none: No such file or directory`,
      }),
    )
    expect(readFileSync(join(first, 'name'), 'utf8')).toBe(first)
  })
})
