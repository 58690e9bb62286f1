import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { UserError } from '@blacksmith/config'

/** Who can sign. */
export interface Signer {
  /** The public key, by which readers know it: `ed25519:` and its 32 bytes in Base64. */
  publicKey: string
  /** The 64 bytes of a signature, in Base64. */
  sign(bytes: Uint8Array): string
}

const variable = 'BLACKSMITH_SIGNING_KEY'

/** A new pair of Ed25519 keys, as PEM and as readers know it. */
export function makeKeys(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicText(publicKey),
  }
}

/**
 * Reads a private key.
 *
 * @param named a file in PEM, or its text
 * @throws UserError, which never shows the key, where it is none
 */
export function signerOf(named: string): Signer {
  const file = named.includes('-----BEGIN') ? undefined : named
  const key = parsed(file === undefined ? named : contentOf(file))
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new UserError({
      ...(file === undefined ? { field: variable } : { file }),
      message: 'is no private key for Ed25519 in PEM',
      remedy: 'make one with npx blacksmith store keys',
    })
  }
  return {
    publicKey: publicText(createPublicKey(key)),
    sign: (bytes) => sign(null, bytes, key).toString('base64'),
  }
}

/** Whether bytes were signed by the owner of a public key. */
export function isSigned(bytes: Uint8Array, signature: string, publicKey: string): boolean {
  const x = Buffer.from(publicKey.replace(/^ed25519:/, ''), 'base64').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, bytes, key, Buffer.from(signature, 'base64'))
}

function publicText(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' })
  return `ed25519:${Buffer.from(x, 'base64url').toString('base64')}`
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = 'name the file of the private key, or unset it: then nothing is signed'
    throw new UserError({ field: variable, message: `names ${file}, which cannot be read (${code})`, remedy })
  }
}

/** What OpenSSL says of a text that is no key may hold some of it, and helps nobody. */
function parsed(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined
  }
}
