import {
  experimentFile,
  experimentFolders,
  hint,
  isUserError,
  readHeader,
  UserError,
} from '@blacksmith/config/header'

/** What of an experiment decides whether a set of flags can be run on it. */
export interface Experiment {
  project: string
  /** Undefined when its header cannot be read: its targets then fail with the reason. */
  configurations: string[] | undefined
  devices: string[] | undefined
}

/** Every experiment of the workspace. */
export function allExperiments(workspaceRoot: string): Experiment[] {
  return [...experimentFolders(workspaceRoot)].map(([project, directory]) => ({
    project,
    ...outline(workspaceRoot, `${directory}/${experimentFile}`),
  }))
}

function outline(workspaceRoot: string, file: string): Omit<Experiment, 'project'> {
  try {
    const { configurations, devices } = readHeader(workspaceRoot, file)
    return { configurations, devices }
  } catch (error) {
    if (!isUserError(error)) throw error
    return { configurations: undefined, devices: undefined }
  }
}

/** The flags that not every experiment can take. */
export interface Flags {
  configuration?: string | undefined
  device?: string | undefined
}

/**
 * Parts the selected experiments into those that the flags can be run on and those that are left out, each with
 * the reason.
 *
 * @throws UserError for a configuration that no experiment of the workspace has: Nx would run the default instead
 */
export function suited(
  selected: string[],
  experiments: Experiment[],
  { configuration, device }: Flags,
): { run: string[]; leftOut: { project: string; because: string }[] } {
  if (configuration !== undefined) refuseUnknown(configuration, experiments)
  const verdicts = selected.map((project) => {
    const of = experiments.find((one) => one.project === project)
    if (configuration && of?.configurations && !of.configurations.includes(configuration))
      return { project, because: `it has no configuration ${configuration}` }
    if (device && device !== 'auto' && of?.devices && !of.devices.includes(device))
      return { project, because: `it does not run on ${device}` }
    return { project, because: undefined }
  })
  return {
    run: verdicts.filter(({ because }) => because === undefined).map(({ project }) => project),
    leftOut: verdicts.flatMap(({ project, because }) =>
      because === undefined ? [] : [{ project, because }],
    ),
  }
}

function refuseUnknown(configuration: string, experiments: Experiment[]): void {
  const names = [...new Set(experiments.flatMap(({ configurations }) => configurations ?? []))].sort()
  if (names.includes(configuration)) return
  throw new UserError({
    flag: '--configuration',
    message: `no experiment has a configuration ${configuration}`,
    remedy: hint(configuration, names, 'there are'),
  })
}
