import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { boxSupport } from '../box-support'

/** What every program needs to start. */
const system = ['rx /bin', 'rx /usr', 'rx /lib', 'rx /lib64', 'r /etc/ld.so.cache', 'r /proc', 'rw /dev/null']

/** Writes a file of rules that lets programs start and allows no more than `rules`; gives the option for it. */
export function boxOption(file: string, rules: string[] = []): string[] {
  writeFileSync(file, [...system, ...rules, ''].join('\n'))
  return ['--box', file]
}

/** A suite that is skipped, with the reason in its name, where the kernel cannot do what it is about. */
export function describeWithLandlock(abi: number, name: string, body: () => void): void {
  const support = boxSupport()
  if (support.abi >= abi) describe(name, body)
  else describe.skip(`${name} (${support.reason || `Landlock ABI ${support.abi}`})`, body)
}

/** Refuses landlock_create_ruleset (444) as a kernel does that has none, and starts the rest of its arguments. */
const hideLandlock = `
import ctypes, errno, os, struct, sys
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x50000 | errno.ENOSYS), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None)
if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, program) != 0:
    sys.exit(1)
os.execvp(sys.argv[1], sys.argv[1:])
`

/** Goes before a command that is to find no Landlock. */
export const withoutLandlock = ['python3', '-c', hideLandlock]

/** False where the kernel filters no system calls. */
export function canHideLandlock(): boolean {
  const [program = '', ...args] = [...withoutLandlock, 'true']
  return spawnSync(program, args).status === 0
}
