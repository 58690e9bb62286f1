/** What `blacksmith doctor` asks of devices. Import it as `@blacksmith/devices/checks`: a run needs none of it. */

export { checkDevices } from './src/check-devices'
export { type Check, fault, ok, warning } from './src/checks/check'
