import { join } from 'node:path'
import { type Manifest, manifestDigest } from '@blacksmith/store'

/** The file of a train artifact that evaluate and people use: the weights, without optimizer state. */
export const modelFile = 'model.safetensors'

/** An artifact that a target reads: where it stands and what it is. */
export interface Input {
  directory: string
  manifest: Manifest
  /** Gives up the hold on it, where it is held. */
  release?(): void
}

/** What a target reads, each with the digest that stands in the target's key. */
export interface Inputs {
  data?: Input
  train?: Input
}

export function releaseInputs({ data, train }: Inputs): void {
  data?.release?.()
  train?.release?.()
}

export function dataDigest(input: Input): string {
  return manifestDigest(input.manifest)
}

/** The model's bytes alone: a change of optimizer state does not call for another evaluation. */
export function modelDigest(input: Input): string {
  const model = input.manifest.files.find((file) => file.path === modelFile)
  if (!model) throw new Error(`the train artifact in ${input.directory} holds no ${modelFile}`)
  return model.sha256
}

export function modelPath(input: Input): string {
  return join(input.directory, modelFile)
}
