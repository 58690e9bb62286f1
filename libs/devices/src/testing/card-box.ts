import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * A tree of files that plays Tenstorrent cards, as tt-kmd 2.x shows them (enumerate.c and telemetry.c of
 * 2.10): so leases, binding and health run the code that real cards run. Without `tt_heartbeat`, as under
 * firmware that does not report it, unless a test gives one.
 */
export class CardBox {
  constructor(readonly folder: string) {}

  /** Points everything that looks for devices at this tree. */
  get env(): Record<string, string> {
    return { BLACKSMITH_DEVICE_ROOT: this.folder, BLACKSMITH_NVML: 'libno-such-nvml.so' }
  }

  add(number: number, address: string, attributes: Record<string, string> = {}): this {
    const pci = join('sys/devices/pci0000:00', address)
    const card = join('sys/class/tenstorrent', `tenstorrent!${number}`)
    this.write(`dev/tenstorrent/${number}`, '')
    this.write('sys/module/tenstorrent/version', '2.9.1')
    this.write(join(pci, 'vendor'), '0x1e52')
    this.write(join(pci, 'device'), '0x401e')
    mkdirSync(join(this.folder, card), { recursive: true })
    symlinkSync(join(this.folder, pci), join(this.folder, card, 'device'))
    const all = { tt_card_type: 'n150', tt_serial: `serial-${number}`, tt_aiclk: '1000', ...attributes }
    for (const [name, text] of Object.entries(all)) this.write(join(card, name), text)
    this.write(join(pci, 'hwmon/hwmon1/temp1_input'), '43800')
    this.setProcesses(number, [])
    return this
  }

  setTemperature(address: string, degrees: number): void {
    this.write(join('sys/devices/pci0000:00', address, 'hwmon/hwmon1/temp1_input'), String(degrees * 1000))
  }

  /** What the driver lists as having the card open. */
  setProcesses(number: number, pids: number[]): void {
    this.write(`proc/driver/tenstorrent/${number}/pids`, pids.map((pid) => `${pid}\n`).join(''))
  }

  node(number: number): string {
    return join(this.folder, 'dev/tenstorrent', String(number))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }

  private write(name: string, text: string): void {
    const file = join(this.folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
