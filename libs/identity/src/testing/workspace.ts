import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Header } from '@blacksmith/config'
import { Layout } from '@blacksmith/store'

const made: string[] = []

/** A workspace of a few files, and a store beside it. */
export function makeWorkspace(files: Record<string, string | Buffer>) {
  const area = mkdtempSync(join(tmpdir(), 'blacksmith-identity-'))
  made.push(area)
  const root = join(area, 'workspace')
  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  for (const [path, content] of Object.entries(files)) write(path, content)
  return { area, root, layout: new Layout(join(area, 'home')), write }
}

export function removeWorkspaces(): void {
  for (const area of made.splice(0)) rmSync(area, { recursive: true, force: true })
}

/** The header of experiments/plain/tiny. */
export function headerWith(change: Partial<Header> = {}): Header {
  return {
    directory: 'experiments/plain/tiny',
    framework: 'plain',
    name: 'tiny',
    project: 'plain-tiny',
    description: 'A test',
    dataset: 'counts',
    model: 'sum',
    devices: ['cpu'],
    threads: 1,
    configurations: [],
    deviceOverlays: [],
    inputs: [],
    variables: [],
    network: false,
    ...change,
  }
}
