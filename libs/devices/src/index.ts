export type { Lease, LeaseEnd, LeaseOptions } from './lease'
export { presentKinds } from './present-kinds'
