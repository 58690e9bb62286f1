export { type Lease, type LeaseEnd, type LeaseOptions, leaseDevices } from './lease'
export { type ListedDevice, listDevices } from './list-devices'
export { listQueue, type QueueEntry, type QueueListing } from './list-queue'
export { presentKinds } from './present-kinds'
