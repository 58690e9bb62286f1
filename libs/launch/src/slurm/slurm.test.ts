import type { Cluster } from '../cluster/cluster'
import type { LaunchedJob } from '../launcher'
import { givenIndices, indicesIn } from './allocation'
import { commandVariables } from './command'
import { refusal } from './refusal'
import { parseQueue } from './squeue'
import { submission } from './submission'

const cluster: Cluster = {
  folder: undefined,
  home: undefined,
  node: undefined,
  arguments: ['--account=ml'],
  kinds: {
    cpu: { arguments: [] },
    tt: { partition: 'n300', arguments: [] },
    gpu: { arguments: ['--gpus=a100:1'] },
  },
}
const job: LaunchedJob = {
  name: 'bs-1',
  comment: 'blacksmith:1:1',
  command: ['/usr/bin/node', "/it's/here", 'run-job', '/jobs/1'],
  folder: '/jobs/1',
  log: '/jobs/1/job.log',
  kind: 'tt',
  count: 2,
  threads: 4,
  avoid: ['n1', 'n7'],
}

test('a job asks for its devices, cores and partition, for a requeue and for word before its time is over', () => {
  const { args, script } = submission(job, cluster)
  expect(args).toEqual(
    expect.arrayContaining([
      ...['--gres=tt:2', '--cpus-per-task=4', '--partition=n300', '--account=ml', '--exclude=n1,n7'],
      ...['--requeue', '--dependency=singleton', '--signal=B:USR2@90'],
    ]),
  )
  // The shell makes room: it would keep signals from what it has started.
  expect(script).toBe("#!/bin/sh\nexec '/usr/bin/node' '/it'\\''s/here' 'run-job' '/jobs/1'\n")
})

test('devices that cluster.yaml asks for are not asked for twice, and the CPU needs none', () => {
  expect(submission({ ...job, kind: 'gpu' }, cluster).args.join(' ')).not.toContain('--gres')
  expect(submission({ ...job, kind: 'cpu' }, cluster).args.join(' ')).not.toContain('--gres')
})

test('places are counted by priority in one partition, among the jobs of all', () => {
  const rows = [
    ['7', 'ada', 'PENDING', 'main', '10', 'Priority', '', 'bs-a', 'blacksmith:a:1'],
    ['5', 'bob', 'PENDING', 'main', '20', 'Resources', '', 'x', 'a\tb'],
    ['6', 'bob', 'PENDING', 'main', '10', 'Priority', '', 'y', '(null)'],
    ['4', 'bob', 'PENDING', 'other', '90', 'Priority', '', 'z', ''],
    ['3', 'ada', 'RUNNING', 'main', '1', 'None', 'n1', 'bs-b', 'blacksmith:b:2'],
    ['8', 'ada', 'REQUEUE_HOLD', 'main', '1', 'JobHoldMaxRequeue', '', 'bs-c', 'blacksmith:c:1'],
  ]
  const printed = rows.map((row) => `${row.join('\t')}\n`).join('')
  expect(parseQueue(printed, 'ada')).toMatchObject([
    { reference: '7', phase: 'waiting', place: 3, reason: undefined, comment: 'blacksmith:a:1' },
    { reference: '3', phase: 'running', machine: 'n1' },
    { reference: '8', phase: 'waiting', reason: 'requeue hold' },
  ])
})

test.each([
  ['GRES=tt:n300:2(IDX:0,2)', 'tt', [0, 2]],
  ['GRES=gpu:1(IDX:3),tt:2(IDX:1-2) CPU_IDs=0', 'tt', [1, 2]],
  ['GRES=gpu:a100:1(IDX:3),tt:1(IDX:0)', 'gpu', [3]],
  ['GRES=gpu:1(IDX:3)', 'tt', undefined],
  ['GRES=', 'tt', undefined],
] as const)('of %s the devices of kind %s are %j', (said, kind, indices) => {
  expect(indicesIn(said, kind)).toEqual(indices)
})

test('the numbers of GPUs stand in a variable, and outside of a job nothing is given', async () => {
  expect(await givenIndices('gpu', { SLURM_JOB_ID: '1', SLURM_JOB_GPUS: '1,3' })).toEqual([1, 3])
  expect(await givenIndices('gpu', {})).toBeUndefined()
})

test('a job does not inherit what belongs to the command that asks, nor the job that this is in', () => {
  const env = {
    HOME: '/h',
    NX_TASK_HASH: '1',
    SLURM_JOB_ID: '3',
    SLURM_CONF: '/c',
    BLACKSMITH_LAUNCHER: 'slurm',
    HF_TOKEN: 't',
  }
  expect(commandVariables(env)).toEqual({ HOME: '/h', SLURM_CONF: '/c', HF_TOKEN: 't' })
})

test.each([
  ['sbatch: error: invalid partition specified: n300', /partition n300: .*sinfo[\s\S]*kinds\.tt\.partition/s],
  ['sbatch: error: Batch job submission failed: Invalid account or account/partition combination', /account/],
  ['sbatch: error: Batch job submission failed: Invalid generic resource (gres) specification', /--gres=/],
  ['sbatch: error: Batch job submission failed: Requested node configuration is not available', /4 threads/],
])('%s comes with what to do', (said, remedy) => {
  expect(refusal(said, job, cluster).message).toMatch(remedy)
})
