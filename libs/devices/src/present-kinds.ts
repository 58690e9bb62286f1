import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setting } from '@blacksmith/config/header'

/**
 * The kinds of device this box has nodes for, by a look into /dev alone: no driver is opened, so that the
 * Nx plugin can ask on every command. `cpu` is always one of them.
 *
 * @param devRoot where the device nodes are; tests give a fixture tree
 */
export function presentKinds(
  devRoot = join(setting('BLACKSMITH_DEVICE_ROOT') ?? '/', 'dev'),
): Set<'cpu' | 'gpu' | 'tt'> {
  const kinds = new Set<'cpu' | 'gpu' | 'tt'>(['cpu'])
  if (entries(devRoot).some((name) => /^nvidia\d+$/.test(name))) kinds.add('gpu')
  // tt-kmd 2.6 puts by-id/ beside the numbered nodes, so only all-digit names are cards.
  if (entries(join(devRoot, 'tenstorrent')).some((name) => /^\d+$/.test(name))) kinds.add('tt')
  return kinds
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}
