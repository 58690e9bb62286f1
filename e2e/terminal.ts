import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Screen } from '../libs/terminal/src/progress/screen.fixture'
import { longestWait } from './longest-wait'

/**
 * Runs a command in a terminal of its own, hands on what it writes there, and does what each line of its input asks for:
 * `keys` to press, and `columns` that the window now has. When its input ends, the terminal closes.
 */
const program = `
import fcntl, json, os, pty, select, struct, sys, termios

def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

columns, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    resize(1, int(columns))
    os.execvp(command[0], command)
received = b""
while True:
    ready, _, _ = select.select([terminal, 0], [], [])
    if 0 in ready:
        data = os.read(0, 4096)
        if not data:
            break
        *lines, received = (received + data).split(b"\\n")
        for line in map(json.loads, lines):
            if "keys" in line:
                os.write(terminal, line["keys"].encode())
            else:
                resize(terminal, line["columns"])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody has the terminal open any more
            break
        os.write(1, data)
os.close(terminal)
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

export interface TerminalOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  columns: number
}

/** A command in a terminal. The screen refuses control sequences that it does not expect. */
export class Terminal {
  readonly lastLines: string[] = []
  private readonly screen: Screen
  private readonly child: ChildProcess
  private readonly closed: Promise<unknown>
  private pending = ''
  private ended = false

  constructor(command: string[], { cwd, env, columns }: TerminalOptions) {
    this.screen = new Screen(columns)
    this.child = spawn('python3', ['-c', program, String(columns), ...command], {
      cwd,
      // A CI machine's variables make nx leave out what it shows to people.
      env: { ...env, TERM: 'xterm-256color', CI: undefined, GITHUB_ACTIONS: undefined },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.closed = once(this.child, 'close').finally(() => {
      this.ended = true
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.show(text))
    // It may have ended when a key is pressed.
    this.child.stdin?.on('error', () => undefined)
  }

  press(keys: string): void {
    this.send({ keys })
  }

  resize(columns: number): void {
    this.screen.resize(columns)
    this.send({ columns })
  }

  /** The window is closed, as by an ssh that breaks. */
  close(): void {
    this.child.stdin?.end()
  }

  lines(): string[] {
    return this.screen.lines()
  }

  /** Waits until the screen, its lines joined, shows this. */
  async shows(pattern: RegExp): Promise<void> {
    const end = Date.now() + longestWait
    while (!pattern.test(this.lines().join('\n'))) {
      if (this.ended || Date.now() > end)
        throw new Error(`the terminal never showed ${pattern}:\n${this.lines().join('\n')}`)
      await pause(20)
    }
  }

  /** Waits for the command's end. */
  async seen(): Promise<Seen> {
    await this.closed
    return { status: this.child.exitCode, lines: this.lines(), lastLines: this.lastLines }
  }

  private send(what: object): void {
    this.child.stdin?.write(`${JSON.stringify(what)}\n`)
  }

  private show(text: string): void {
    // A write may end in the middle of a control sequence.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads them
    const [whole = '', rest = ''] = (this.pending + text).split(/(\u001B\[?[\d;?]*)$/u)
    this.pending = rest
    this.screen.write(whole)
    const last = this.lines().at(-1) ?? ''
    if (last !== this.lastLines.at(-1)) this.lastLines.push(last)
  }
}

/** Runs a command in a terminal to its end. */
export async function onTerminal(command: string[], options: TerminalOptions): Promise<Seen> {
  return new Terminal(command, options).seen()
}
