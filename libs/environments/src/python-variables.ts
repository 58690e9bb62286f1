/** Variables of Python that change how a program is watched, not what it computes or where it imports from. */
const harmless = new Set([
  'PYTHONBREAKPOINT',
  'PYTHONDEVMODE',
  'PYTHONDONTWRITEBYTECODE',
  'PYTHONFAULTHANDLER',
  'PYTHONMALLOC',
  'PYTHONPROFILEIMPORTTIME',
  'PYTHONPYCACHEPREFIX',
  'PYTHONTRACEMALLOC',
  'PYTHONWARNINGS',
])

/**
 * The variables for a Python process that sees its environment's packages, `paths`, and nothing else: a stale
 * PYTHONPATH or PYTHONHOME leads to other code, PYTHONOPTIMIZE drops checks, PYTHONINSPECT waits at a prompt.
 */
export function pythonVariables(env: NodeJS.ProcessEnv, paths: readonly string[] = []): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !misleads(name))
  return {
    ...Object.fromEntries(kept),
    PYTHONNOUSERSITE: '1',
    PYTHONUTF8: '1',
    ...(paths.length > 0 ? { PYTHONPATH: paths.join(':') } : {}),
  }
}

function misleads(name: string): boolean {
  if (name === 'VIRTUAL_ENV' || name === '__PYVENV_LAUNCHER__') return true
  return /^PYTHON[A-Z0-9]+$/.test(name) && !harmless.has(name)
}
