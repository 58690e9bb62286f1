import { type Access, ensureHome } from './access'

/**
 * Does work that makes files in a store by other programs: whatever this process and those that it starts make
 * meanwhile has the rights of the store's own folder, so that in one for a group everybody can go on with it. A umask
 * is the whole process's: nothing else must be made at that time.
 */
export async function withRightsOf<T>(home: string, work: () => Promise<T>): Promise<T> {
  const before = process.umask(umaskOf(await ensureHome(home)))
  try {
    return await work()
  } finally {
    process.umask(before)
  }
}

/** What others may not do with the store's folder they may not do with what is in it. */
function umaskOf({ folder }: Access): number {
  return ~folder & 0o077
}
