import { mostRecordBytes } from './record'
import { RemoteFault } from './remote'
import { inWords, type Patience } from './web-client'

/**
 * The text that an answer brings, where it is no longer than a record may be.
 *
 * @throws RemoteFault
 */
export async function readText(body: AsyncIterable<Uint8Array>, patience: Patience): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const piece of body) {
      bytes += piece.length
      if (bytes > mostRecordBytes) throw new RemoteFault('is too long')
      pieces.push(piece)
    }
  } catch (error) {
    throw inWords(error, patience)
  }
  return Buffer.concat(pieces).toString('utf8')
}
