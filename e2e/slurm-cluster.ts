import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Why no cluster can be started here; undefined where it can. */
export function withoutSlurm(): string | undefined {
  const needed = ['sbatch', 'slurmctld', 'slurmd', 'munged']
  const missing = needed.filter((program) => spawnSync('which', [program]).status !== 0)
  if (missing.length > 0) return `there is no ${missing.join(', no ')}: bash e2e/install-slurm.sh`
  return process.getuid?.() === 0 ? undefined : 'only root can start its daemons'
}

/** A Slurm of two nodes on this host: a controller, its nodes and what they prove themselves by, on ports of its own. */
export class SlurmCluster {
  readonly folder = mkdtempSync('/tmp/blacksmith-slurm-')
  private readonly daemons = new Map<string, ChildProcess>()

  /** Starts it, and waits until both nodes take jobs. */
  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster()
    const [controller = 0, first = 0, second = 0] = await freePorts(3)
    cluster.configure(controller, first, second)
    cluster.daemon('munged', cluster.munge())
    await until(() => existsSync(cluster.path('munge/socket')))
    cluster.startController()
    for (const node of ['n1', 'n2']) cluster.startNode(node)
    await until(() => /^2$/.test(cluster.ask('sinfo', ['--noheader', '--states=idle', '--format=%D']).trim()))
    return cluster
  }

  /** Variables by which commands find it. */
  get environment(): NodeJS.ProcessEnv {
    return { SLURM_CONF: this.path('slurm.conf') }
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  startController(): void {
    this.daemon('slurmctld', ['-D', '-f', this.path('slurm.conf')])
  }

  startNode(name: string): void {
    this.daemon('slurmd', ['-D', '-N', name, '-f', this.path('slurm.conf')], name)
  }

  /** Kills a daemon, `slurmctld` or a node's by its name, as a power cut would. */
  async kill(name: string): Promise<void> {
    const daemon = this.daemons.get(name)
    daemon?.kill('SIGKILL')
    await until(() => daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null)
  }

  /** What one of Slurm's programs prints; an empty text where it fails. */
  ask(program: string, args: string[]): string {
    return spawnSync(program, args, { env: { ...process.env, ...this.environment }, encoding: 'utf8' }).stdout
  }

  /** Ids of all jobs that have not ended, `--array` tasks apart. */
  jobs(): string[] {
    return this.ask('squeue', ['--noheader', '--format=%i']).split('\n').filter(Boolean)
  }

  /** Waits until the controller says this of a job. */
  async untilState(id: string, state: string): Promise<void> {
    await until(() => this.ask('squeue', ['--noheader', `--jobs=${id}`, '--format=%T']).trim() === state)
  }

  async dispose(): Promise<void> {
    this.ask('scancel', ['--user=root'])
    await until(() => this.jobs().length === 0).catch(() => undefined)
    for (const daemon of [...this.daemons.values()].reverse()) daemon.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private daemon(program: string, args: string[], name = program): void {
    const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...this.environment } })
    this.daemons.set(name, child)
  }

  private munge(): string[] {
    const at = (name: string) => this.path('munge', name)
    return [
      '--foreground',
      '--force',
      `--key-file=${at('key')}`,
      `--socket=${at('socket')}`,
      `--pid-file=${at('pid')}`,
      `--log-file=${at('log')}`,
      `--seed-file=${at('seed')}`,
    ]
  }

  private configure(controller: number, first: number, second: number): void {
    for (const name of ['munge', 'state', 'spool-n1', 'spool-n2', 'dev']) mkdirSync(this.path(name))
    chmodSync(this.folder, 0o755)
    writeFileSync(this.path('munge/key'), randomBytes(1024), { mode: 0o600 })
    for (const device of ['tt0', 'tt1', 'tt2', 'tt3', 'nvidia0', 'nvidia1'])
      writeFileSync(this.path('dev', device), '')
    writeFileSync(this.path('gres.conf'), this.resources())
    writeFileSync(this.path('slurm.conf'), this.configuration(controller, first, second))
  }

  private resources(): string {
    const dev = this.path('dev')
    return [
      `NodeName=n1 Name=tt File=${dev}/tt[0-1]`,
      `NodeName=n2 Name=tt File=${dev}/tt[2-3]`,
      `NodeName=n1,n2 Name=gpu File=${dev}/nvidia[0-1]`,
      '',
    ].join('\n')
  }

  private configuration(controller: number, first: number, second: number): string {
    const host = hostname()
    const node = (name: string, port: number) =>
      `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=2 RealMemory=500 Gres=tt:2,gpu:2`
    return `ClusterName=loop
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${this.path('munge/socket')}
CredType=cred/munge
StateSaveLocation=${this.path('state')}
SlurmdSpoolDir=${this.path('spool-%n')}
SlurmctldPidFile=${this.path('slurmctld.pid')}
SlurmdPidFile=${this.path('slurmd-%n.pid')}
SlurmctldLogFile=${this.path('slurmctld.log')}
SlurmdLogFile=${this.path('slurmd-%n.log')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,bf_interval=2,sched_interval=2,sched_min_interval=0
MinJobAge=300
ReturnToService=2
SlurmdTimeout=20
KillWait=20
InactiveLimit=0
GresTypes=gpu,tt
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
${node('n1', first)}
${node('n2', second)}
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=n1,n2 Default=NO MaxTime=INFINITE State=UP PriorityTier=10
`
  }
}

/** Ports that nobody listens on at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  return ports
}

async function until(holds: () => boolean, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!holds()) {
    if (Date.now() > end) throw new Error('the cluster has not come to this state')
    await pause(50)
  }
}
