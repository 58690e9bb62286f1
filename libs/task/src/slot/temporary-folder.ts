import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'

/**
 * Makes a folder for HOME and TMPDIR of a run. Not in the working folder: the path of a socket in it would be longer than the kernel takes.
 *
 * @throws UserError where the system's temporary folder takes none
 */
export function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'blacksmith-'))
  } catch (error) {
    throw new UserError({
      file: tmpdir(),
      message: `takes no temporary files (${(error as NodeJS.ErrnoException).code})`,
      remedy: 'set TMPDIR to a folder that is there, that you can write to, and that has room',
    })
  }
}
