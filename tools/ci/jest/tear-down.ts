import { rmSync } from 'node:fs'
import { dirname } from 'node:path'

/** After all tests of a run takes away what the set-up has made. */
export default function tearDown(): void {
  const known = process.env.KNOWN_TO_TESTS
  if (known) rmSync(dirname(known), { recursive: true, force: true })
}
