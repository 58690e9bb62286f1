import type { Unit } from '@blacksmith/native'
import { checkNvidia } from '../checks/nvidia'
import type { Kind } from './kind'
import { namesIn } from './names-in'

export const gpu: Kind = {
  isPresent: (dev) => namesIn(dev).some((name) => /^nvidia\d+$/.test(name)),
  opens: (node) => /^(nvidia|dri$|kfd$)/.test(node),
  // UUIDs mean the same card in whatever order it is counted; the order is for tools that print numbers.
  shown: (ids) => ({ CUDA_VISIBLE_DEVICES: ids.join(','), CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }),
  // Empty means none to CUDA.
  hidden: { CUDA_VISIBLE_DEVICES: '' },
  folders: [],
  numbers: (ids, units) => {
    const order = cudaOrder(units)
    // An instance of a card in MIG mode has no number. (vllm#41848 is a library that reads nothing else.)
    return ids.map((id) => (order.includes(id) ? String(order.indexOf(id)) : id))
  },
  checks: checkNvidia,
}

/** UUIDs of all whole GPUs in the order of their PCI addresses, which is how CUDA then numbers them. */
function cudaOrder(units: readonly Unit[]): string[] {
  const gpus = units.flatMap(({ devices }) => devices).filter(({ kind, mig }) => kind === 'gpu' && !mig)
  return gpus.sort((a, b) => a.pciAddress.localeCompare(b.pciAddress)).map(({ id }) => id)
}
