import { type Access, ensureHome } from './access'

/** How many works are going on, and the mask that there was before the first of them. */
const going = { works: 0, before: 0 }

/**
 * Does work that makes files in a store by other programs: whatever this process and those that it starts make
 * meanwhile has the rights of the store's own folder, so that in one for a group everybody can go on with it. A umask
 * is the whole process's: nothing else must be made at that time. Several works in one store may overlap.
 */
export async function withRightsOf<T>(home: string, work: () => Promise<T>): Promise<T> {
  const access = await ensureHome(home)
  const before = process.umask(umaskOf(access))
  if (going.works === 0) going.before = before
  going.works += 1
  try {
    return await work()
  } finally {
    going.works -= 1
    if (going.works === 0) process.umask(going.before)
  }
}

/** What others may not do with the store's folder they may not do with what is in it. */
function umaskOf({ folder }: Access): number {
  return ~folder & 0o077
}
