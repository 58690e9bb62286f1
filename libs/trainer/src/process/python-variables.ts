/** Variables of whoever started us that would lead Python to other code than the run's environment. */
const misleading = [
  'PYTHONHOME',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PYTHONUSERBASE',
  'VIRTUAL_ENV',
  '__PYVENV_LAUNCHER__',
]

/** The variables for a Python process that sees its environment's packages, `paths`, and nothing else. */
export function pythonVariables(env: NodeJS.ProcessEnv, paths: readonly string[] = []): NodeJS.ProcessEnv {
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !misleading.includes(name)))
  return {
    ...clean,
    PYTHONNOUSERSITE: '1',
    PYTHONUTF8: '1',
    ...(paths.length > 0 ? { PYTHONPATH: paths.join(':') } : {}),
  }
}
