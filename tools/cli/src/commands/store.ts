import { UserError } from '@blacksmith/config'
import { Layout, storeHome } from '@blacksmith/store'
import { collectGarbage, type GcReport, verifyStore } from '@blacksmith/store/upkeep'
import { formatBytes, textTable } from '@blacksmith/text'
import { Command, Option } from 'commander'
import { collectRemoteStore, pullCommand, pushCommand, verifyRemoteStore } from './share-store'
import { keysCommand } from './signing-keys'

/** `blacksmith store`: the house-keeping of $BLACKSMITH_HOME. */
export function storeCommand(): Command {
  return new Command('store')
    .description('verify the store, take away what is not needed, or share it with other machines')
    .addCommand(verifyCommand())
    .addCommand(gcCommand())
    .addCommand(pushCommand())
    .addCommand(pullCommand())
    .addCommand(keysCommand())
}

function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'read every byte of every artifact and compare it with its digest; broken ones are set aside',
    )
    .option('--remote', 'of the remote instead, as far as it is written to: what is broken is taken away')
    .option('--json', 'for programs')
    .action(async (options: { json?: boolean; remote?: boolean }) => {
      if (options.remote) return verifyRemoteStore(options)
      const result = await verifyStore(new Layout(storeHome()))
      if (options.json) console.log(JSON.stringify(result, null, 2))
      else {
        for (const { id, files, aside } of result.broken) {
          const [first] = files
          console.log(`${id} is broken: ${first?.path} ${first?.reason}${aside ? `; now in ${aside}` : ''}`)
        }
        console.log(`${result.intact} artifacts are intact, ${result.broken.length} were broken`)
      }
      if (result.broken.length > 0) process.exitCode = 1
    })
}

interface GcOptions {
  remote?: boolean
  keepDays?: number
  maxSize?: number
  dryRun?: boolean
  json?: boolean
}

function gcCommand(): Command {
  return new Command('gc')
    .description('take away what nobody uses and the policy does not keep; never what a run or a dist/ uses')
    .option('--keep-days <days>', 'keep what was used in the last days', amount('--keep-days', { '': 1 }))
    .option('--max-size <size>', 'keep at most so much: 500M, 20G, 1T', amount('--max-size', sizes))
    .addOption(
      new Option(
        '--remote',
        'of the remote instead, as far as it is written to: by when it was sent',
      ).conflicts('maxSize'),
    )
    .option('--dry-run', 'say what would go, and take nothing away')
    .option('--json', 'for programs')
    .action(async (options: GcOptions) => {
      if (options.remote) return collectRemoteStore(options)
      const { keepDays, maxSize, dryRun = false, json } = options
      const report = await collectGarbage(
        new Layout(storeHome()),
        { keepDays, maxBytes: maxSize },
        { dryRun },
      )
      console.log(json ? JSON.stringify(report, null, 2) : gcText(report, dryRun))
    })
}

function gcText(report: GcReport, dryRun: boolean): string {
  const { removed, kept, removedBytes, leftBytes, leftEnvironmentBytes } = report
  const rows = [
    ...removed.map((each) => [
      dryRun ? 'would go' : 'gone',
      each.kind,
      formatBytes(each.bytes),
      each.because,
      each.path,
    ]),
    ...kept.map((each) => ['kept', each.kind, formatBytes(each.bytes), each.because, each.path]),
  ]
  const columns = ['', 'what', 'size', 'because', 'where'].map((heading) => ({ heading }))
  const stay = `${formatBytes(leftBytes)} stay, ${formatBytes(leftEnvironmentBytes)} of it Python environments`
  const total = `${formatBytes(removedBytes)} ${dryRun ? 'would go' : 'went'}, ${stay}`
  return rows.length === 0 ? total : `${textTable(columns, rows)}\n${total}`
}

const sizes: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** Reads a number with one of the units given. */
function amount(flag: string, units: Record<string, number>): (text: string) => number {
  return (text) => {
    const [, digits = '', unit = ''] = text.match(/^(\d+(?:\.\d+)?)([A-Za-z]?)$/) ?? []
    const factor = units[unit.toUpperCase()]
    if (digits !== '' && factor !== undefined) return Number(digits) * factor
    const accepted = Object.keys(units).filter(Boolean)
    throw new UserError({
      flag: `${flag} ${text}`,
      message: 'is not an amount',
      remedy: accepted.length > 0 ? `write a number with ${accepted.join(', ')}` : 'write a number',
    })
  }
}
