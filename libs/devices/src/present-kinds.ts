import { join } from 'node:path'
import { type DeviceKind, deviceKinds, setting } from '@blacksmith/config/header'
import { kinds } from './kinds/kinds'

/**
 * The kinds of device this box has nodes for, by a look into /dev alone: no driver is opened, so that the
 * Nx plugin can ask on every command. `cpu` is always one of them.
 *
 * @param dev where the device nodes are; tests give a fixture tree
 */
export function presentKinds(dev = join(setting('BLACKSMITH_DEVICE_ROOT') ?? '/', 'dev')): Set<DeviceKind> {
  return new Set(deviceKinds.filter((kind) => kinds[kind].isPresent(dev)))
}
