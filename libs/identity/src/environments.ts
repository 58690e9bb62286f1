import {
  type DeviceKind,
  type Header,
  isUserError,
  type Json,
  preferredKind,
} from '@blacksmith/config/header'
import { frameworkEnvironment, preparationEnvironment } from '@blacksmith/environments/environment-name'
import { type Foreseen, foreseeEnvironment } from '@blacksmith/environments/foreseen'
import { readRequirements } from '@blacksmith/environments/requirements'
import type { Target } from '@blacksmith/store'

/** What drafts say of environments, and what those of one moment have in common. */
export interface EnvironmentReading {
  /** The store's folder. */
  home: string
  /** Kinds of device that this box has; a run that asks for another one is not Nx's to answer. */
  present: ReadonlySet<DeviceKind>
  /** By name, what has been read. */
  known: Map<string, Promise<Foreseen>>
}

/** The pins of the environments that a target may run in. */
export function pinsOf(workspaceRoot: string, target: Target, header: Header): Json {
  const names = header.devices.map((kind) => environmentOf(workspaceRoot, target, header, kind))
  return Object.fromEntries(names.map((name) => [name, pinsIn(workspaceRoot, name)]))
}

/** What keys say of the environment that a target runs in and pins do not: the version of its interpreter above all. */
export async function beyondPins(
  workspaceRoot: string,
  target: Target,
  header: Header,
  { home, present, known }: EnvironmentReading,
): Promise<Json> {
  const name = environmentOf(workspaceRoot, target, header, preferredKind(header, present))
  const asked = known.get(name) ?? foreseeEnvironment(name, { workspaceRoot, home })
  known.set(name, asked)
  try {
    return { ...(await asked) }
  } catch (error) {
    return reasonOf(error)
  }
}

function environmentOf(workspaceRoot: string, target: Target, header: Header, kind: DeviceKind): string {
  if (target === 'prepare-data') return preparationEnvironment(workspaceRoot, header.dataset)
  return frameworkEnvironment(workspaceRoot, header, kind)
}

function pinsIn(workspaceRoot: string, name: string): string {
  try {
    return readRequirements(workspaceRoot, name).digest
  } catch (error) {
    return reasonOf(error)
  }
}

function reasonOf(error: unknown): string {
  if (isUserError(error)) return error.message
  throw error
}
