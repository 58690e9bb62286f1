import { eachOf } from './asking'
import { blobName, blobsPrefix, digestIn } from './object-names'
import { type Blob, Unusable } from './remote'
import { Passing } from './retries'
import type { Place } from './s3-place'

/** An object of ours, by the digest in its name. */
export interface Listed {
  digest: string
  bytes: number
  /** In ms since the epoch. */
  written: number
}

/** Lists what of ours is below a prefix. */
export async function* listObjects(place: Place, prefix: string): AsyncIterable<Listed> {
  for (let after: string | undefined, more = true; more; ) {
    const page = await pageAfter(place, prefix, after)
    yield* page.objects
    after = page.last
    more = page.more && after !== undefined
  }
}

/** Where fewer are asked for, each is asked for by itself. */
const worthListing = 200
const lanes = 8
/** Where a page tells of fewer, the bucket holds so many others that asking for each is quicker. */
const worthAPage = 50

/** What a listing tells of blobs: those that are not there, and those of which it has told nothing. */
export async function lookedUp(
  place: Place,
  blobs: readonly Blob[],
): Promise<{ absent: Blob[]; undecided: Blob[] }> {
  const absent: Blob[] = []
  const undecided: Blob[] = []
  if (blobs.length < worthListing) return { absent, undecided: [...blobs] }
  const sorted = [...blobs].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
  const size = Math.ceil(sorted.length / lanes)
  const slices = Array.from({ length: lanes }, (_, at) => sorted.slice(at * size, (at + 1) * size))
  await eachOf(slices, async (slice) => {
    let rest = slice
    for (let first = rest[0]; first; first = rest[0]) {
      // Just before the first: names are listed from behind the one that is given.
      const page = await pageAfter(place, blobsPrefix, blobName(first.sha256).slice(0, -1)).catch(notAllowed)
      if (!page) break
      const sizes = new Map(page.objects.map(({ digest, bytes }) => [digest, bytes]))
      const last = page.more ? (page.objects.at(-1)?.digest ?? '') : undefined
      const told = last === undefined ? rest : rest.filter(({ sha256 }) => sha256 <= last)
      absent.push(...told.filter(({ sha256, bytes }) => sizes.get(sha256) !== bytes))
      rest = rest.slice(told.length)
      if (told.length < worthAPage) break
    }
    undecided.push(...rest)
  })
  return { absent, undecided }
}

interface Page {
  objects: Listed[]
  /** The name of the last one, of ours or not. */
  last: string | undefined
  more: boolean
}

/** @param after a name without the scope's prefix */
async function pageAfter(place: Place, prefix: string, after: string | undefined): Promise<Page> {
  const { bucket, prefix: scope, ask } = place
  const start = after === undefined ? {} : { StartAfter: `${scope}${after}` }
  const list = { Bucket: bucket, Prefix: `${scope}${prefix}`, ...start }
  const { Contents = [], IsTruncated = false } = await ask('read', ({ sdk, client }) =>
    client.send(new sdk.ListObjectsV2Command(list)),
  )
  const objects = Contents.flatMap(({ Key = '', Size = 0, LastModified }) => {
    const digest = digestIn(Key.slice(scope.length))
    return digest === undefined
      ? []
      : [{ digest, bytes: Size, written: LastModified?.getTime() ?? Date.now() }]
  })
  return { objects, last: Contents.at(-1)?.Key?.slice(scope.length), more: IsTruncated }
}

/** Who may read may not always list. */
function notAllowed(error: unknown): undefined {
  if (!(error instanceof Unusable) || error instanceof Passing) throw error
}
