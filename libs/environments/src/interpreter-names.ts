import { setting } from '@blacksmith/config/header'

/** The pins were made with 3.11, so that is tried first; `python` last, since it may be anything. */
const names = ['python3.11', 'python3', 'python3.12', 'python3.13', 'python3.14', 'python']

/** Commands that may be a Python that we support, the likeliest first. */
export function interpreterNames(env: NodeJS.ProcessEnv = process.env): string[] {
  const given = setting('BLACKSMITH_PYTHON', env)
  return given ? [given, ...names] : names
}
