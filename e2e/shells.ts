import { execFileSync, spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { longestWait } from './longest-wait'
import { Terminal, type TerminalOptions } from './terminal'

/** What the prompt of these shells is. */
export const prompt = 'ready>'

/** An interactive shell in a terminal, as a person sits before it. */
export interface Shell {
  /** Types a line, or presses a key such as Ctrl-C (`\u0003`). */
  press(keys: string): void
  /** Waits until its screen shows this. */
  shows(pattern: RegExp): Promise<void>
  /** The window is closed. */
  close(): void
}

/** Not PS1 itself, which a shell that is no person's takes out of its surroundings. */
const prompting = { PROMPT_COMMAND: `PS1='${prompt} '` }
const bash = ['bash', '--norc', '--noprofile', '--noediting', '-i']

export function plainShell({ cwd, env, columns }: TerminalOptions): Shell {
  return new Terminal(bash, { cwd, env: { ...env, ...prompting }, columns })
}

/** Whether this machine has tmux; e2e/install-tmux.sh installs it. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** A shell in a window of a tmux of its own. */
export function tmuxShell({ cwd, env, columns }: TerminalOptions): Shell {
  const name = `blacksmith-${process.pid}-${Date.now()}`
  const surroundings = {
    ...env,
    ...prompting,
    CI: undefined,
    GITHUB_ACTIONS: undefined,
    TMUX: undefined,
  }
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', name, '-f', '/dev/null', ...args], {
      cwd,
      env: surroundings,
      encoding: 'utf8',
    })
  tmux('new-session', '-d', '-x', String(columns), '-y', '40', bash.join(' '))
  // Lines that are longer than the window are joined again.
  const screen = () => tmux('capture-pane', '-p', '-J', '-S', '-').trimEnd()
  return {
    press: (keys) => void tmux('send-keys', '-l', keys),
    async shows(pattern) {
      const end = Date.now() + longestWait
      while (!pattern.test(screen())) {
        if (Date.now() > end) throw new Error(`tmux never showed ${pattern}:\n${screen()}`)
        await pause(50)
      }
    },
    close: () => void tmux('kill-server'),
  }
}
