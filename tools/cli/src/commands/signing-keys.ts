import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from 'node:fs'
import { UserError } from '@blacksmith/config'
import { makeKeys, signerOf } from '@blacksmith/store/upkeep'
import { Command } from 'commander'

/** `blacksmith store keys <file>`: the key that signs what is shared. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('make a pair of keys that signs what is shared as trusted, or show the public key of one')
    .argument('<file>', 'of the private key; an existing one stays as it is')
    .action((file: string) => {
      const there = existsSync(file)
      const publicKey = there ? signerOf(file).publicKey : makeKeyFile(file)
      console.log(publicKey)
      if (there) return
      for (const line of instructions(file)) console.error(line)
    })
}

/** @returns the public key */
function makeKeyFile(file: string): string {
  const { privateKey, publicKey } = makeKeys()
  try {
    const descriptor = openSync(file, 'wx', 0o600)
    writeFileSync(descriptor, privateKey)
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = 'name a new file in a folder that you may write to'
    throw new UserError({ file, message: `cannot be written (${code})`, remedy }, { cause: error })
  }
  return publicKey
}

function instructions(file: string): string[] {
  return [
    `The private key is in ${file}, for you alone: never commit it.`,
    'Who signs (builds of protected branches) gets it as BLACKSMITH_SIGNING_KEY: that path, or the text of the file.',
    'Who reads gets the public key above: commit it as one of the option "trustedKeys" in nx.json.',
  ]
}
