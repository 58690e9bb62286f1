export { type Lease, type LeaseEnd, type LeaseOptions, leaseDevices } from './lease'
export { presentKinds } from './present-kinds'
