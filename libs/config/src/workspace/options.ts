import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { hint } from '../errors/nearest'
import { type Problem, UserError } from '../errors/user-error'
import { address, publicKeyForm } from '../settings/value-kinds'

/** Where a workspace says that its parts lie: the options of the plugin in nx.json. */
export interface PluginOptions {
  /** The folder of `<framework>/<name>/experiment.yaml`. */
  experiments: string
  /** Python packages that hold data sets and models, in the order in which these are looked for. */
  packages: readonly string[]
  /** The folder of pinned requirements, one file for each environment. */
  requirements: string
  /** A folder that machines share, absolute, or an address such as `s3://bucket`; undefined where each machine is by itself. */
  remote: string | undefined
  /** Public keys whose owners' results are used where something is shared; empty where nothing is signed. */
  trustedKeys: readonly string[]
}

/** The name by which nx.json lists the plugin. */
export const pluginName = '@blacksmith/executors'

const file = 'nx.json'
const defaults = { experiments: 'experiments', packages: ['libs/python/blacksmith'] }

/** The rules of {@link readPluginOptions} as JSON Schema, for editors and for the docs. */
export const pluginOptionsJsonSchema = {
  type: 'object',
  properties: {
    experiments: {
      type: 'string',
      default: defaults.experiments,
      description: 'The folder of experiments: <framework>/<name>/experiment.yaml below it',
    },
    packages: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      default: defaults.packages,
      description:
        'Python packages that hold data sets (datasets/<name>) and models (models/<framework>/<name>), first to last',
    },
    requirements: {
      type: 'string',
      description: 'The folder of <environment>.txt; beside the first package unless it is set',
    },
    remote: {
      type: 'string',
      minLength: 1,
      description:
        's3://bucket/prefix, https://server/folder or a folder that machines share results in; BLACKSMITH_REMOTE goes before it',
    },
    trustedKeys: {
      type: 'array',
      items: { type: 'string', pattern: publicKeyForm.source },
      description:
        'Public keys, as blacksmith store keys prints them: of what is trusted in the remote only what is signed by one of them is used',
    },
  },
  additionalProperties: false,
} as const

/**
 * Reads the plugin's options.
 *
 * @throws UserError with all that is wrong with them
 */
export function readPluginOptions(workspaceRoot: string): PluginOptions {
  const problems: Problem[] = []
  const given = givenOptions(workspaceRoot)
  const report: Report = (name, message, remedy) =>
    problems.push({ file, field: `plugins.${pluginName}.options${name && `.${name}`}`, message, remedy })
  if (!isRecord(given)) {
    report('', 'are no mapping', `write them as { "experiments": "${defaults.experiments}" }`)
    throw new UserError(problems)
  }
  const known = Object.keys(pluginOptionsJsonSchema.properties)
  for (const name of Object.keys(given).filter((name) => !known.includes(name)))
    report(name, 'is no option of the plugin', hint(name, known, 'there are'))
  const experiments = folder(given.experiments ?? defaults.experiments, 'experiments', report)
  const packages = list(given.packages ?? defaults.packages, report)
  const beside = packages[0]?.split('/').slice(0, -1).join('/') ?? defaults.experiments
  const requirements = folder(given.requirements ?? `${beside}/requirements`, 'requirements', report)
  const remote = remoteOf(workspaceRoot, given.remote, report)
  const trustedKeys = keysOf(given.trustedKeys ?? [], report)
  if (problems.length > 0) throw new UserError(problems)
  return { experiments, packages, requirements, remote, trustedKeys }
}

type Report = (name: string, message: string, remedy: string) => void

function givenOptions(workspaceRoot: string): unknown {
  const path = join(workspaceRoot, file)
  if (!existsSync(path)) return {}
  const { plugins } = parse(readFileSync(path, 'utf8'))
  const entries: unknown[] = Array.isArray(plugins) ? plugins : []
  const ours = entries.find((entry) => isRecord(entry) && entry.plugin === pluginName)
  return (ours as { options?: unknown } | undefined)?.options ?? {}
}

/** Nx reads comments and trailing commas too. */
function parse(text: string): { plugins?: unknown } {
  try {
    return JSON.parse(text) as { plugins?: unknown }
  } catch {
    const { parse: parseWithComments } = require('jsonc-parser') as typeof import('jsonc-parser')
    return (parseWithComments(text, [], { allowTrailingComma: true }) ?? {}) as { plugins?: unknown }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function folder(value: unknown, name: string, report: Report): string {
  const path = typeof value === 'string' ? value.replace(/^\.\/+|\/+$/g, '') : ''
  if (/^[\w@.-]+(\/[\w@.-]+)*$/.test(path) && !path.split('/').some((step) => /^\.+$/.test(step))) return path
  report(
    name,
    `${JSON.stringify(value)} is no folder of the workspace`,
    'write its path from the workspace’s root, such as research/experiments',
  )
  return ''
}

function remoteOf(workspaceRoot: string, value: unknown, report: Report): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '') return address.parse(value, workspaceRoot)
  report(
    'remote',
    `${JSON.stringify(value)} names no remote`,
    'write s3://bucket/prefix, https://server/folder or the path of a folder that machines share',
  )
  return undefined
}

function keysOf(value: unknown, report: Report): string[] {
  const keys: unknown[] = Array.isArray(value) ? value : [value]
  const wrong = keys.filter((key) => typeof key !== 'string' || !publicKeyForm.test(key))
  for (const key of wrong)
    report(
      'trustedKeys',
      `${JSON.stringify(key)} is no public key`,
      'write what npx blacksmith store keys prints',
    )
  return keys.filter((key) => typeof key === 'string')
}

function list(value: unknown, report: Report): string[] {
  if (!Array.isArray(value) || value.length === 0) {
    report('packages', 'names no packages', 'write a list of folders: ["python/forge"]')
    return []
  }
  const paths = value.flatMap((each) => {
    const path = folder(each, 'packages', report)
    if (path === '') return []
    if (!/\/[A-Za-z_]\w*$/.test(path)) {
      report(
        'packages',
        `${path} is no package that can be imported`,
        'name the package’s folder inside the one that Python is to search: python/forge is imported as forge',
      )
      return []
    }
    return [path]
  })
  for (const [index, path] of paths.entries())
    refuseAmbiguous(path, [...paths.slice(0, index), ...paths.slice(index + 1)], report)
  return paths
}

/** Python finds a package, and each of its files, by one name only. */
function refuseAmbiguous(path: string, others: readonly string[], report: Report): void {
  const { dir, base } = posix.parse(path)
  if (others.some((other) => other !== path && posix.basename(other) === base))
    report(
      'packages',
      `${path} has the name of another package, and Python would find one of them only`,
      'give each package a name of its own',
    )
  const around = others.find((other) => dir.startsWith(`${posix.dirname(other)}/`))
  if (around !== undefined)
    report(
      'packages',
      `${path} lies inside ${posix.dirname(around)}, where Python searches for ${around} already`,
      `move it beside ${around}, or out of there`,
    )
}
