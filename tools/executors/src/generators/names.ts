import { UserError } from '@blacksmith/config/header'

/** Names stand in import lines and on screens beside others. */
const longest = 28

/**
 * Checks the name of an experiment, which is a part of a project's name: small letters, digits and dashes.
 *
 * @throws UserError
 */
export function checkExperimentName(name: string | undefined): string {
  return check(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'small letters and digits, parted by single dashes')
}

/**
 * Checks the name of a data set or a model, which is a Python package.
 *
 * @throws UserError
 */
export function checkPackageName(name: string | undefined, flag = '--name'): string {
  const checked = check(
    name,
    /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/,
    'small letters and digits, parted by single underscores',
    flag,
  )
  if (!pythonKeywords.has(checked)) return checked
  throw new UserError({
    flag,
    message: `${checked} is a word of the Python language`,
    remedy: 'use another name: it becomes a Python package',
  })
}

function check(name: string | undefined, form: RegExp, words: string, flag = '--name'): string {
  if (name === undefined || name === '') {
    throw new UserError({
      flag,
      message: 'is missing',
      remedy: 'give it right after the generator',
    })
  }
  if (form.test(name) && name.length <= longest) return name
  throw new UserError({
    flag,
    message: `${JSON.stringify(name)} cannot be used`,
    remedy: `use ${words}, a letter first, ${longest} characters at most`,
  })
}

/** `small_net` → `SmallNet`. */
export function className(name: string): string {
  return name.split('_').map(capital).join('')
}

/** `small_net` → `smallNet`. */
export function variableName(name: string): string {
  const [first = '', ...rest] = name.split('_')
  return first + rest.map(capital).join('')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

const pythonKeywords = new Set(
  (
    'and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda match nonlocal not or pass raise return try while with yield'
  ).split(' '),
)
