import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type DeviceKind, deviceKinds, readYaml, z } from '@blacksmith/config'

/** The file at a workspace's root that says what its cluster has. */
export const clusterFile = 'cluster.yaml'

const text = z.string().min(1)
const argumentList = z.array(text).default([])

const kindSchema = z.strictObject({
  partition: text
    .optional()
    .describe('The queue that jobs on such devices go to; the engine’s default without it'),
  arguments: argumentList.describe(
    'Further arguments of sbatch; with --gres or --gpus among them, devices are asked for by those alone',
  ),
})

/** What cluster.yaml holds. */
export const clusterSchema = z.strictObject({
  folder: text
    .optional()
    .describe(
      'A folder that this machine and all nodes share, for what travels; jobs below BLACKSMITH_HOME without it',
    ),
  home: text.optional().describe('BLACKSMITH_HOME on the nodes, where that is another folder than here'),
  node: text.optional().describe('The Node.js of the nodes, where it is not at the same path as here'),
  arguments: argumentList.describe('Further arguments of sbatch, for all jobs'),
  kinds: z
    .strictObject(Object.fromEntries(deviceKinds.map((kind) => [kind, kindSchema.optional()])) as Kinds)
    .optional()
    .describe(
      'The kinds of device that the cluster has, each with where jobs on it go; every kind without it',
    ),
})

type Kinds = Record<DeviceKind, z.ZodOptional<typeof kindSchema>>

/** How jobs on one kind of device are asked for. */
export type ClusterKind = z.output<typeof kindSchema>

/** A cluster, as cluster.yaml describes it. Paths are absolute. */
export interface Cluster {
  folder: string | undefined
  home: string | undefined
  node: string | undefined
  arguments: readonly string[]
  kinds: { [kind in DeviceKind]?: ClusterKind | undefined }
}

/**
 * Reads cluster.yaml. Without one each kind of device is asked for by its name, in the engine's default queue.
 *
 * @throws UserError with all that is wrong in it
 */
export function readCluster(workspaceRoot: string): Cluster {
  const there = existsSync(join(workspaceRoot, clusterFile))
  const read = there ? readYaml(workspaceRoot, clusterFile, clusterSchema) : clusterSchema.parse({})
  const absolute = (path: string | undefined) => path && resolve(workspaceRoot, path)
  const any = () => ({ arguments: [] })
  return {
    folder: absolute(read.folder),
    home: absolute(read.home),
    node: read.node,
    arguments: read.arguments,
    kinds: read.kinds ?? Object.fromEntries(deviceKinds.map((kind) => [kind, any()])),
  }
}

/** The rules of cluster.yaml as JSON Schema (draft-07), for editors. */
export function clusterJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(clusterSchema, { target: 'draft-7', io: 'input' }), title: clusterFile }
}
