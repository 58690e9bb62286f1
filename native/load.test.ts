import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

describe('loading the addon', () => {
  let folder: string
  beforeEach(() => {
    jest.resetModules()
    folder = mkdtempSync(join(tmpdir(), 'load-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('says how to build it when it was never built', () => {
    const { loadAddon } = require('./load') as typeof import('./load')
    expect(() => loadAddon(join(folder, 'blacksmith.node'))).toThrow(
      /blacksmith\.node is not there\. Build it/,
    )
  })

  it('does not hide an addon that is there and broken', () => {
    const broken = join(folder, 'blacksmith.node')
    writeFileSync(broken, 'not a library')
    const { loadAddon } = require('./load') as typeof import('./load')
    expect(() => loadAddon(broken)).toThrow(expect.objectContaining({ code: 'ERR_DLOPEN_FAILED' }))
  })
})
