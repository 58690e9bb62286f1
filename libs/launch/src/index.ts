export { type Cluster, clusterFile, clusterSchema, readCluster } from './cluster/cluster'
export { kindsToHave } from './cluster/kinds-to-have'
export { type JobEnd, type JobState, type LaunchedJob, type Launcher, Unanswered } from './launcher'
export { type Launching, launcherNamed, launchers, launchingFrom } from './launchers'
