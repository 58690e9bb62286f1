/** One mistake that a person can mend: where it is, what is wrong, what to do. */
export interface Problem {
  /** Workspace-relative path with forward slashes. */
  file?: string
  /** The flag that holds the mistake, where no file does: `--set training.epochs=many`. */
  flag?: string
  /** Counted from 1. */
  line?: number
  /** Counted from 1, in characters. */
  column?: number
  /** Dotted path of the parameter. */
  field?: string
  message: string
  remedy?: string
  /** The offending lines with a caret, as made by `codeFrame`. */
  frame?: string
}

/** More than anybody mends in one go. */
const MOST = 100

/**
 * A mistake of the person who called us, as opposed to a bug of ours: it is printed without a stack,
 * and every problem that could be found is in it, or the first hundred of more.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly problems: readonly Problem[]

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = first('message' in problems ? [problems] : problems)
    super(list.map(formatProblem).join('\n'), options)
    this.problems = list
  }
}

function first(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MOST
  return more <= 0 ? problems : [...problems.slice(0, MOST), { message: `and ${more} more like these` }]
}

/** Whether `error` is a UserError; also one that crossed a second copy of this module. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError' && 'problems' in error
}

/**
 * All problems as text for a terminal: `path:line:column  field  what is wrong`, what to do on a line of its own, then
 * the frame.
 */
export function formatUserError(error: UserError): string {
  return error.problems.map(formatProblem).join('\n')
}

function formatProblem(problem: Problem): string {
  const { field, message, remedy, frame } = problem
  const head = [location(problem), field, message].filter((part) => part !== undefined && part !== '')
  const lines = [head.join('  ')]
  if (remedy) lines.push(`  ${remedy}`)
  if (frame !== undefined) lines.push(frame)
  return lines.join('\n')
}

function location({ file, flag, line, column }: Problem): string | undefined {
  if (file === undefined) return flag
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':')
}
