import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A path to own data as the file system takes it, or why it is none. */
export type OwnDataPath = { path: string } | { path?: undefined; message: string; remedy: string }

/**
 * Reads what `dataset.path` says. No shell expands what stands in a file or behind the `=` of a flag, so the ways to
 * write one's home folder and `file:` addresses are read here; where the data lie is in no key.
 */
export function readOwnDataPath(text: string): OwnDataPath {
  const [, rest] = /^(?:~|\$HOME|\$\{HOME\})(?:\/(.*))?$/s.exec(text) ?? [undefined, undefined]
  if (rest !== undefined || /^(~|\$HOME|\$\{HOME\})$/.test(text)) return { path: join(homedir(), rest ?? '') }
  if (/^file:/i.test(text)) return readFileAddress(text)
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(text) ?? []
  if (scheme !== undefined) {
    return {
      message: `is an address (${scheme}:), not a file or folder of this machine`,
      remedy: 'download it and name the folder, or list it with its digest in the data set’s sources.yaml',
    }
  }
  if (/^~/.test(text)) {
    return {
      message: 'begins with ~ and a name, which only a shell knows',
      remedy: 'write the whole path; a folder that is called so is ./~…',
    }
  }
  const [variable] = /^\$(\w+|\{\w+\})/.exec(text) ?? []
  if (variable === undefined) return { path: text }
  return {
    message: `begins with the variable ${variable}, which is not expanded: only $HOME is`,
    remedy: `let the shell expand it: --set "dataset.path=${text}"`,
  }
}

function readFileAddress(text: string): OwnDataPath {
  try {
    return { path: fileURLToPath(text) }
  } catch {
    return {
      message: 'is no address of a file of this machine',
      remedy: 'write the path: /data/mnist, or file:///data/mnist',
    }
  }
}
