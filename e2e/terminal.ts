import { spawn } from 'node:child_process'
import { Screen } from '../libs/report/src/progress/screen.fixture'

/** Runs a command in a terminal of its own, and hands on what it writes there. */
const program = `
import fcntl, os, pty, struct, sys, termios

columns, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(columns), 0, 0))
    os.execvp(command[0], command)
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody has the terminal open any more
        break
    os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`

/** What a person saw of a command in a terminal. */
export interface Seen {
  status: number | null
  /** The screen at the end, with all that has gone by. */
  lines: string[]
  /** The last line of the screen after each write that changed it. */
  lastLines: string[]
}

/** Runs a command in a terminal of so many columns. The screen refuses control sequences that it does not expect. */
export async function onTerminal(
  command: string[],
  o: { cwd: string; env: NodeJS.ProcessEnv; columns: number },
): Promise<Seen> {
  const screen = new Screen(o.columns)
  const lastLines: string[] = []
  const child = spawn('python3', ['-c', program, String(o.columns), ...command], {
    cwd: o.cwd,
    // A CI machine's variables make nx leave out what it shows to people.
    env: { ...o.env, TERM: 'xterm-256color', CI: undefined, GITHUB_ACTIONS: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let pending = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    // A write may end in the middle of a control sequence.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads them
    const [whole = '', rest = ''] = (pending + text).split(/(\u001B\[?[\d;?]*)$/u)
    pending = rest
    screen.write(whole)
    const last = screen.lines().at(-1) ?? ''
    if (last !== lastLines.at(-1)) lastLines.push(last)
  }
  return { status: await ended, lines: screen.lines(), lastLines }
}
