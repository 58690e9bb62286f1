import type { Inventory } from '@blacksmith/native'
import { absent, type Check, fault, ok } from './check'

export function checkNvidia(inventory: Inventory): Check[] {
  const gpus = inventory.units.flatMap(({ devices }) => devices).filter(({ kind }) => kind === 'gpu')
  const { version = '', problem = '' } = inventory.drivers.gpu ?? {}
  if (problem.endsWith('is not installed')) return [absent('nvidia', problem)]
  if (problem)
    return [fault('nvidia', problem, 'see `nvidia-smi`; the driver and its library must be of one version')]
  if (gpus.length === 0) return [absent('nvidia', `driver ${version}, and no GPU`)]
  return [
    ok('nvidia', `driver ${version}`),
    ...gpus.map((gpu) =>
      gpu.fault
        ? fault(`nvidia ${gpu.id}`, gpu.fault.reason, gpu.fault.remedy)
        : ok(`nvidia ${gpu.id}`, `${gpu.model}${gpu.mig ? ' (an instance of a card in MIG mode)' : ''}`),
    ),
  ]
}
