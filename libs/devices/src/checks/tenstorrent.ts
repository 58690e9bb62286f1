import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CardDevice, Inventory, Roots } from '@blacksmith/native'
import { absent, type Check, fault, ok, warning } from './check'

/** Oops and race reports exist for older drivers; tt-umd needs 2.0. */
const oldest = [2, 0]
const recommended = [2, 9]

export function checkTenstorrent(inventory: Inventory, roots: Roots): Check[] {
  const cards = inventory.units.flatMap(({ devices }) => devices).filter(({ kind }) => kind === 'tt')
  const { version = '' } = inventory.drivers.tt ?? {}
  if (cards.length === 0 && !version) return [absent('tenstorrent', 'no card and no driver')]
  if (cards.length === 0) {
    return [
      warning(
        'tenstorrent',
        `driver ${version} is loaded and shows no card`,
        'look for the cards in `lspci -d 1e52:`',
      ),
    ]
  }
  return [checkDriver(version), ...cards.map(checkCard), checkMemory(cards, roots)]
}

function checkDriver(version: string): Check {
  const name = 'tenstorrent driver'
  const install = 'install tt-kmd 2.9 or newer'
  if (!version) return warning(name, 'its version cannot be read', install)
  if (isOlder(version, oldest))
    return fault(name, `tt-kmd ${version} is older than 2.0, which the stack needs`, install)
  if (isOlder(version, recommended))
    return warning(name, `tt-kmd ${version}; resets are safer from 2.9 on`, install)
  return ok(name, `tt-kmd ${version}`)
}

function isOlder(version: string, [major = 0, minor = 0]: number[]): boolean {
  const [ours = 0, oursMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return ours < major || (ours === major && oursMinor < minor)
}

function checkCard(card: CardDevice): Check {
  const name = `tenstorrent ${card.id}`
  if (card.fault) return fault(name, card.fault.reason, card.fault.remedy)
  try {
    accessSync(card.node, constants.R_OK | constants.W_OK)
    return ok(name, `${card.model || 'unknown model'}, firmware ${card.firmware || 'unknown'}`)
  } catch {
    const status = statSync(card.node, { throwIfNoEntry: false })
    const mode = status && (status.mode & 0o7777).toString(8).padStart(4, '0')
    return fault(
      name,
      `${card.node} may not be opened (owner ${status?.uid}, mode ${mode})`,
      'install the udev rule of tt-kmd, which gives the nodes mode 0666',
    )
  }
}

/** Cards read the host's memory through the IOMMU, or else out of 1 GiB pages. */
function checkMemory(cards: CardDevice[], roots: Roots): Check {
  const name = 'tenstorrent memory'
  const sys = roots.sys ?? '/sys'
  if (cards.every((card) => translates(sys, card.pciAddress)))
    return ok(name, 'the IOMMU translates: no hugepages needed')
  const pages = Number(textOf(join(sys, 'kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages')) || 0)
  const remedy = 'install tt-system-tools, which sets up 1 GiB hugepages at boot, or turn the IOMMU on'
  if (pages === 0) return fault(name, 'no 1 GiB hugepages, and the IOMMU does not translate', remedy)
  const mounts = textOf(join(roots.proc ?? '/proc', 'mounts')).split('\n')
  const mounted = mounts.some((line) => / hugetlbfs .*pagesize=(1G|1024M)/.test(line))
  if (!mounted)
    return fault(name, `${pages} hugepages of 1 GiB, and no hugetlbfs with pagesize=1G is mounted`, remedy)
  // Not the free ones: the driver keeps what it has once used.
  if (pages < cards.length)
    return warning(name, `${pages} hugepages of 1 GiB for ${cards.length} cards`, remedy)
  return ok(name, `${pages} hugepages of 1 GiB`)
}

function translates(sys: string, address: string): boolean {
  return textOf(join(sys, 'bus/pci/devices', address, 'iommu_group/type')).startsWith('DMA')
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}
