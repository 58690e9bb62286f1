import { rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { placementOf } from '@blacksmith/config'
import { type BoxSupport, boxSupport, firstAbiWithNetwork, firstAbiWithScopes } from '@blacksmith/devices'
import { importedFrom } from '@blacksmith/environments'
import { declarationOf, isBoxed } from '@blacksmith/identity'
import type { TrainerRequest } from '@blacksmith/protocol'
import { linkedFiles } from '@blacksmith/store'
import type { Job } from '../job'
import { temporaryFolder } from '../slot/temporary-folder'
import { type BoxAccess, type BoxNetwork, boxRules, formatRules, type Rule } from './box'
import { givenFiles } from './given'
import type { Folders } from './trainer-request'

/** A run's box, and the folders of its own that it finds as HOME and TMPDIR. */
export interface Enclosure {
  /** What the request says of it; absent where the box is switched off. */
  box: TrainerRequest['box']
  /** The file of rules for the supervisor, where the kernel can enforce them. */
  rules: string | undefined
  variables: { HOME: string; TMPDIR: string; PYTHONPYCACHEPREFIX?: string }
  /** For the records: what is enforced, and by whom. */
  enforced: string
  network: BoxNetwork
  remove(): void
}

/**
 * Closes everything to a run but what its key stands for.
 *
 * @param sources downloaded files that a preparation reads
 * @param state a stored run's state that it may continue from
 */
export async function enclose(
  job: Job,
  folders: Folders,
  sources: readonly string[],
  state: string | undefined,
): Promise<Enclosure> {
  const ownFolder = job.slot?.temporaryFolder() ?? temporaryFolder()
  const remove = () => {
    try {
      rmSync(ownFolder, { recursive: true, force: true })
    } catch {
      // It stays in the system's temporary folder: the run's own error is worth more than this one.
    }
  }
  try {
    const made = { HOME: join(ownFolder, 'home'), TMPDIR: join(ownFolder, 'tmp') }
    for (const folder of Object.values(made)) await mkdir(folder)
    const { bytecode } = folders
    const variables = { ...made, ...(bytecode ? { PYTHONPYCACHEPREFIX: bytecode } : {}) }
    if (!isBoxed()) return { ...unboxed, variables, remove }
    const write = [folders.staging, folders.work, folders.records, ...Object.values(made)]
    const rules = boxRules(await accessOf(job, folders, sources, state, write))
    return { ...closed(job, rules, join(ownFolder, 'box')), variables, remove }
  } catch (error) {
    remove()
    throw error
  }
}

type Closing = Pick<Enclosure, 'box' | 'rules' | 'enforced' | 'network'>

const unboxed: Closing = {
  box: undefined,
  rules: undefined,
  enforced: 'nothing (BLACKSMITH_BOX=off)',
  network: 'open',
}

async function accessOf(
  job: Job,
  { capsule, bytecode }: Folders,
  sources: readonly string[],
  state: string | undefined,
  write: readonly string[],
): Promise<BoxAccess> {
  const { request, experiment, environment, own } = job
  return {
    // A preparation has no card, wherever its data will be trained on.
    kind: request.target === 'prepare-data' ? 'cpu' : experiment.placement.kind,
    python: environment.python,
    capsule,
    read: [
      ...sources,
      ...importedFrom(environment),
      ...(bytecode ? [bytecode] : []),
      ...givenFiles(job),
      // Its metrics are gone on with.
      ...(state ? [state, join(dirname(state), 'metrics.jsonl')] : []),
      ...(own ? [own.path, ...(await linkedFiles(own.path))] : []),
    ],
    list: state ? [dirname(state)] : [],
    write,
    closed: [request.workspaceRoot, job.store.home],
  }
}

/** Writes the rules where the kernel can enforce them, and names them to the trainer in any case. */
function closed({ request, experiment }: Job, rules: readonly Rule[], file: string): Closing {
  const several = placementOf(request.target, experiment.placement).processes !== undefined
  const network = experiment.header.network ? 'open' : several ? 'chosen' : 'closed'
  const support = boxSupport()
  if (support.abi > 0) writeFileSync(file, formatRules(rules, network))
  return {
    box: {
      read: pathsOf(rules, ['r', 'rx']),
      listed: pathsOf(rules, ['l']),
      write: pathsOf(rules, ['rw', 'rwx']),
      network,
      declare_in: declarationOf(request.workspaceRoot, request.target, experiment.header).file,
    },
    rules: support.abi > 0 ? file : undefined,
    enforced: wordsFor(support, network),
    network,
  }
}

function pathsOf(rules: readonly Rule[], rights: readonly Rule['rights'][]): string[] {
  return rules.filter((rule) => rights.includes(rule.rights)).map(({ path }) => path)
}

/** What holds a run to its box, for its records, and what does not. */
export function wordsFor({ abi, reason }: BoxSupport, network: BoxNetwork): string {
  if (abi === 0) return `audit hook only: ${reason}`
  return [
    `landlock abi ${abi}`,
    ...(network !== 'open' && abi < firstAbiWithNetwork ? ['the network by audit hook only'] : []),
    ...(network === 'chosen' ? ['TCP open between ports that the kernel chooses'] : []),
    ...(abi < firstAbiWithScopes ? ['abstract sockets and signals open'] : []),
  ].join(', ')
}
