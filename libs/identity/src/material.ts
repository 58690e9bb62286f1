import type { Header } from '@blacksmith/config/header'
import type { Target } from '@blacksmith/store'
import type { Layout } from '@blacksmith/store/home'
import type { CapsuleFile } from './capsule'
import { type Code, readCode } from './code'
import type { Declaration } from './declared-inputs'
import type { ImportReader } from './imports/import-reader'
import { type InputFile, readInputs } from './input-files'
import { preparationDeclaration } from './preparation-declaration'
import { readVariables } from './variables'

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
 * @throws UserError for imports and inputs that cannot be followed or read, and for variables that only Nx's tasks have
 */
export async function readMaterial(
  workspaceRoot: string,
  target: Target,
  header: Header,
  layout: Layout,
  o: { keep: boolean; reader?: ImportReader; env?: NodeJS.ProcessEnv },
): Promise<Material> {
  const variables = readVariables(workspaceRoot, header, o.env)
  const code = readCode(workspaceRoot, target, header, o.reader)
  const inputs = await readInputs(workspaceRoot, declarationOf(workspaceRoot, target, header), layout, o)
  return { code, inputs, variables: target === 'prepare-data' ? {} : variables }
}

/** Where a target's inputs are declared, and which. */
export function declarationOf(workspaceRoot: string, target: Target, header: Header): Declaration {
  if (target !== 'prepare-data') {
    const { directory, inputs } = header
    return { directory, inputs, file: `${directory}/experiment.yaml` }
  }
  return preparationDeclaration(workspaceRoot, header.dataset)
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
