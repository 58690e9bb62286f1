import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A file that another process has mapped, shared and writable. */
export interface MappedFile {
  /** Writes the first bytes through the mapping, and returns when they are there. */
  write(text: string): Promise<void>
  end(): Promise<void>
}

const program = `
import mmap, sys
with open(sys.argv[1], "r+b") as file:
    mapped = mmap.mmap(file.fileno(), 0)
print("mapped", flush=True)
for line in sys.stdin:
    text = line.rstrip("\\n").encode()
    mapped[: len(text)] = text
    print("written", flush=True)
`

/** Maps a file as numpy.memmap with mode r+ does. */
export async function mapFile(file: string): Promise<MappedFile> {
  const child = spawn('python3', ['-c', program, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  return {
    write: async (text) => {
      child.stdin.write(`${text}\n`)
      await once(lines, 'line')
    },
    end: async () => {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}
