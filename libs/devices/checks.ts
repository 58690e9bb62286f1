/** What `blacksmith doctor` asks of devices. Import it as `@blacksmith/devices/checks`: a run needs none of it. */
export { type Check, fault, ok, warning } from './src/checks/check'
export { checkDevices } from './src/checks/check-devices'
