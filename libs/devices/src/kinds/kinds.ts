import type { DeviceKind } from '@blacksmith/config/header'
import { cpu } from './cpu'
import { gpu } from './gpu'
import type { Kind } from './kind'
import { tt } from './tt'

/** Every kind of device; what holds of it on every machine is in libs/config/src/header/device-kinds.ts. */
export const kinds: Readonly<Record<DeviceKind, Kind>> = { cpu, gpu, tt }
