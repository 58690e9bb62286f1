import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Header } from '@blacksmith/config/header'
import type { Target } from '@blacksmith/store'
import type { Layout } from '@blacksmith/store/home'
import type { ImportReader } from '@blacksmith/trainer/imports'
import type { CapsuleFile } from './capsule'
import { type Code, readCode } from './code'
import type { Declaration } from './declared-inputs'
import { pythonRoot } from './entry'
import { type InputFile, readInputs } from './input-files'

/** What of the workspace and of the person's environment a target's process gets, as it was read at one moment. */
export interface Material {
  code: Code
  inputs: InputFile[]
  /** Of each variable that the experiment declares; null where it is not set. */
  variables: Record<string, string | null>
}

/**
 * Reads it. A preparation is shared by experiments, so what it reads is declared by its data set, in sources.yaml.
 *
 * @param o.keep whether large inputs are copied into the store, as a run needs them
 * @throws UserError for imports and inputs that cannot be followed or read
 */
export async function readMaterial(
  workspaceRoot: string,
  target: Target,
  header: Header,
  layout: Layout,
  o: { keep: boolean; reader?: ImportReader; env?: NodeJS.ProcessEnv },
): Promise<Material> {
  const code = readCode(workspaceRoot, target, header, o.reader)
  const inputs = await readInputs(workspaceRoot, declarationOf(workspaceRoot, target, header), layout, o)
  if (target === 'prepare-data') return { code, inputs, variables: {} }
  const env = o.env ?? process.env
  return {
    code,
    inputs,
    variables: Object.fromEntries(header.variables.map((name) => [name, env[name] ?? null])),
  }
}

/** Where a target's inputs are declared, and which. */
export function declarationOf(workspaceRoot: string, target: Target, header: Header): Declaration {
  if (target !== 'prepare-data') {
    const { directory, inputs } = header
    return { directory, inputs, file: `${directory}/experiment.yaml` }
  }
  const directory = `${pythonRoot}/blacksmith/datasets/${header.dataset}`
  const file = `${directory}/sources.yaml`
  return { directory, inputs: sourceInputs(join(workspaceRoot, file)), file }
}

/** Few data sets declare any, and reading YAML takes longer than the rest. */
function sourceInputs(file: string): string[] {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return []
  if (!readFileSync(file, 'utf8').includes('inputs')) return []
  const { readSources } = require('@blacksmith/store') as typeof import('@blacksmith/store')
  return readSources(file).flatMap(({ inputs }) => inputs)
}

/** The files of a capsule. One that is imported and declared is there once. */
export function capsuleFiles({ code, inputs }: Material): CapsuleFile[] {
  const files = new Map<string, CapsuleFile>(inputs.map((input) => [input.path, input]))
  for (const { path, digest, bytes } of code.files) files.set(path, { path, digest, content: bytes })
  return [...files.values()]
}

/** Digests of the declared inputs, by their names. */
export function inputDigests({ inputs }: Material): Record<string, string> {
  return Object.fromEntries(
    inputs.map(({ name, digest, executable }) => [name, executable ? `${digest}, executable` : digest]),
  )
}
