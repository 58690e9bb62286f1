import { type ListedDevice, listDevices, listQueue, type QueueListing } from '@blacksmith/devices'
import type { Check } from '@blacksmith/devices/checks'
import { storeHome } from '@blacksmith/store'
import { formatDuration, textTable } from '@blacksmith/text'
import { Command } from 'commander'
import { checkCluster } from '../doctor/cluster'
import { doctor } from '../doctor/doctor'
import { findWorkspaceRoot } from '../workspace'
import { type ClusterQueue, clusterQueue, clusterTable, launchingHere } from './jobs'

/** `blacksmith devices`: what the box has, and who holds it. */
export function devicesCommand(): Command {
  return new Command('devices')
    .description('list the devices of this box with who holds them')
    .option('--json', 'for programs')
    .action(async ({ json }: { json?: boolean }) => {
      const devices = await listDevices()
      console.log(json ? JSON.stringify(devices, null, 2) : deviceTable(devices))
    })
}

/** `blacksmith queue`: who holds devices, and who waits for them, in the order of their turns; and jobs of a cluster. */
export function queueCommand(): Command {
  return new Command('queue')
    .description('list who holds devices and who waits for them')
    .option('--json', 'for programs')
    .action(async ({ json }: { json?: boolean }) => {
      const [queue, cluster] = [await listQueue(), await clusterQueue()]
      if (json)
        return console.log(
          JSON.stringify({ ...queue, ...(cluster ? { cluster: asJson(cluster) } : {}) }, null, 2),
        )
      if (cluster) console.log(`${clusterTable(cluster)}\n`)
      console.log(queueTable(queue))
    })
}

/** `blacksmith doctor`: what runs depend on, each with its remedy. Fails when something does not work. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'check drivers, permissions, the lease directory, Python and its environments, the compiler and the disk',
    )
    .option('--cluster', 'check what jobs depend on instead, by a small job on a node of each kind')
    .option('--json', 'for programs')
    .action(async ({ json, cluster }: { json?: boolean; cluster?: boolean }) => {
      const checks = cluster
        ? await checkCluster(findWorkspaceRoot(), launchingHere(), storeHome())
        : await doctor(storeHome())
      console.log(json ? JSON.stringify(checks, null, 2) : checkList(checks))
      if (checks.some(({ state }) => state === 'fault')) process.exitCode = 1
    })
}

function deviceTable(devices: ListedDevice[]): string {
  return textTable(
    ['kind', 'device', 'model', 'state', 'held by, or what is wrong', 'what to do'].map((heading) => ({
      heading,
    })),
    devices.map(({ kind, id, model, state, detail, remedy }) => [
      kind,
      id,
      model ?? '',
      state,
      detail ?? '',
      remedy ?? '',
    ]),
  )
}

function queueTable({ holders, waiters, directory }: QueueListing): string {
  if (holders.length + waiters.length === 0) return `Nobody holds a device or waits for one (${directory}).`
  const now = Date.now() / 1000
  return textTable(
    ['place', 'devices', 'project', 'target', 'process', 'for'].map((heading) => ({ heading })),
    [...holders, ...waiters].map(({ place, devices, project, target, host, pid, since }) => [
      place === 0 ? 'holds' : String(place),
      devices.join(', '),
      project,
      target,
      `${pid} on ${host}`,
      formatDuration(now - since),
    ]),
  )
}

function checkList(checks: Check[]): string {
  return textTable(
    ['check', 'state', 'found', 'what to do'].map((heading) => ({ heading })),
    checks.map(({ name, state, detail, remedy }) => [name, state, detail, remedy ?? '']),
  )
}

function asJson({ launcher, jobs, away }: ClusterQueue) {
  return {
    launcher,
    answers: away === undefined,
    jobs: jobs.map(({ name, round, record, state }) => ({
      name,
      reference: state?.reference ?? round.submissions().at(-1)?.reference ?? null,
      project: record.project,
      target: record.target,
      configuration: record.configuration,
      phase: state?.phase ?? null,
      place: state?.place ?? null,
      machine: state?.machine ?? null,
      asked: record.asked,
    })),
  }
}
