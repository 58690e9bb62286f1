/** What a run shows while it goes on; its page, comparison, dashboard and exports have entries of their own. */
export { formatAcceptance, type Results } from './acceptance'
export type { RunRecord } from './run/read-run'
export { followOnTensorBoard } from './tensorboard/follow-tensorboard'
