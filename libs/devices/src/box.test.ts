import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { supervisorProgram } from '@blacksmith/native'
import { boxSupport, firstAbiWithNetwork, firstAbiWithScopes } from './box-support'
import { checkDevices } from './check-devices'
import { checkBox } from './checks/box'
import { leaseDevices } from './index'
import { boxOption, canHideLandlock, describeWithLandlock, withoutLandlock } from './testing/box-rules'
import { obedient, unresponsive, withWorkers } from './testing/shell-trainers'
import { eventually, innerSupervisor, killAll, type Supervised, superviseShell } from './testing/supervised'

let folder: string
/** In the folder, and of no rule. */
let undeclared: string
let rules: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'box-'))
  rules = join(folder, 'rules')
  undeclared = join(folder, 'undeclared')
  writeFileSync(undeclared, 'undeclared text')
  mkdirSync(join(folder, 'given data'))
  writeFileSync(join(folder, 'given data', 'file'), 'given text')
})
const running: Supervised[] = []
afterEach(() => {
  killAll(running.splice(0).flatMap((run) => run.tree().map(({ pid }) => pid)))
  rmSync(folder, { recursive: true })
})

/** Runs a shell program under the supervisor, in the folder. */
function supervise(options: string[], script: string, prefix: string[] = []): SpawnSyncReturns<string> {
  const [program = '', ...args] = [...prefix, supervisorProgram(), ...options, '--', 'sh', '-c', script]
  return spawnSync(program, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
}

const inBox = (allowed: string[], script: string) => supervise(boxOption(rules, allowed), script)

describeWithLandlock(1, 'a trainer in a box', () => {
  it('reads what the rules name, and so do the programs that it starts; of all else it reads nothing', () => {
    const allowed = [`r ${folder}/given data`]
    expect(inBox(allowed, 'cat "given data/file"').stdout).toBe('given text')
    const refused = inBox(allowed, `sh -c 'cat ${undeclared}'`)
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toMatch(/undeclared: Permission denied/)
    expect(supervise([], `cat ${undeclared}`).stdout).toBe('undeclared text')
  })

  it('writes where the rules say so, and only there', () => {
    mkdirSync(join(folder, 'output'))
    const { stderr } = inBox(
      [`rw ${folder}/output`, `r ${folder}/given data`],
      'echo made > output/part && mv output/part output/whole; echo made > "given data/new"; rm "given data/file"; echo made > new',
    )
    expect(stderr.match(/Permission denied/g)).toHaveLength(3)
    expect(readFileSync(join(folder, 'output/whole'), 'utf8')).toBe('made\n')
    expect(readdirSync(folder).sort()).toEqual(['given data', 'output', 'rules', 'undeclared'])
    expect(readdirSync(join(folder, 'given data'))).toEqual(['file'])
  })

  it('has /dev/null, and the shared memory of /dev/shm where a rule names it', () => {
    const name = `/dev/shm/${folder.split('/').at(-1)}`
    const script = `echo x > /dev/null && echo memory > ${name} && cat ${name}; rm -f ${name}`
    expect(inBox(['rw /dev/shm'], script).stdout).toBe('memory\n')
    const refused = inBox([], script)
    expect(refused.stdout).toBe('')
    expect(refused.stderr).toMatch(/Permission denied/)
  })

  it('passes over rules for what is not there', () => {
    expect(inBox([`rw ${folder}/nothing`, `r ${undeclared}`], `cat ${undeclared}`).stdout).toBe(
      'undeclared text',
    )
  })

  it('is under a supervisor that stays outside', async () => {
    const run = await start('echo ready; exec sleep 100')
    const restricted = (pid: number) => /^NoNewPrivs:\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    const inner = innerSupervisor(run)
    const trainer = run.tree().find(({ parent }) => parent === inner)?.pid ?? 0
    // As this process is, which a container may have restricted.
    const ours = restricted(process.pid)
    expect([run.process.pid ?? 0, inner, trainer].map(restricted)).toEqual([ours, ours, true])
  })

  it('writes its checkpoint on SIGTERM, and its workers end', async () => {
    const run = await start(obedient)
    run.process.kill('SIGTERM')
    expect(await run.ended).toEqual({ code: 75, signal: null })
    expect(run.output()).toContain('checkpoint')
    expect(run.tree()).toEqual([])
  })

  it('is killed when it ignores SIGTERM and the grace is over', async () => {
    const run = await start(unresponsive, ['--grace-ms', '300'])
    run.process.kill('SIGTERM')
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' })
    expect(run.tree()).toEqual([])
  })

  it('leaves no workers behind, whatever they do', async () => {
    const run = await start(withWorkers.replace('wait', 'exit 3'), ['--grace-ms', '200'])
    expect((await run.ended).code).toBe(3)
    expect(run.tree()).toEqual([])
  })

  it('ends with its workers when the supervisor is killed, and alone when both its processes are', async () => {
    const outerKilled = await start(withWorkers)
    outerKilled.process.kill('SIGKILL')
    expect(await eventually(() => outerKilled.tree().length === 0)).toBe(true)

    const bothKilled = await start('echo ready; exec sleep 100')
    const inner = innerSupervisor(bothKilled)
    process.kill(inner, 'SIGSTOP')
    bothKilled.process.kill('SIGKILL')
    process.kill(inner, 'SIGKILL')
    expect(await eventually(() => bothKilled.tree().length === 0)).toBe(true)
  })

  it('is started by the command of a lease', async () => {
    const env = { ...process.env, BLACKSMITH_LEASE_DIR: join(folder, 'leases') }
    const placement = { kind: 'cpu', count: 1, threads: 1 } as const
    const lease = await leaseDevices(placement, { project: 'p', target: 'train', env })
    boxOption(rules, [`r ${folder}/given data`])
    const statusOf = async (file: string) => {
      const [program = '', ...options] = lease.command({ box: rules })
      const child = spawn(program, [...options, 'cat', file], {
        env: { ...env, ...lease.environment },
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe', ...lease.fds],
      })
      return new Promise((resolve) => child.once('exit', resolve))
    }
    expect(await statusOf(join(folder, 'given data/file'))).toBe(0)
    expect(await statusOf(undeclared)).toBe(1)
    expect(await lease.release()).toEqual({ clean: true })
  })

  async function start(script: string, options: string[] = []): Promise<Supervised> {
    const run = superviseShell(script, { options: [...boxOption(rules), ...options] })
    running.push(run)
    await eventually(() => run.output().includes('ready'))
    return run
  }
})

describeWithLandlock(firstAbiWithNetwork, 'a trainer in a box with a closed network', () => {
  it('reaches no server on this machine either', async () => {
    const server = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const connect = `require('net').connect(${port}, '127.0.0.1').on('error', (e) => console.log(e.code)).on('connect', () => process.exit())`
    const said = async (more: string[]) => {
      const options = boxOption(rules, ['rwx /', ...more])
      const child = spawn(supervisorProgram(), [...options, '--', process.execPath, '-e', connect])
      let text = ''
      child.stdout.on('data', (data) => {
        text += data
      })
      await new Promise((resolve) => child.once('close', resolve))
      return text
    }
    expect(await said([])).toBe('')
    expect(await said(['net closed'])).toBe('EACCES\n')
    await new Promise((resolve) => server.close(resolve))
  })
})

describeWithLandlock(firstAbiWithScopes, 'a trainer whose box signals do not leave', () => {
  it('ends its own workers, and not its supervisor', () => {
    const own = 'sleep 100 & kill $! && wait $!; echo $?'
    const { status, stdout, stderr } = inBox([], `${own}; kill $PPID`)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '143\n' })
    expect(stderr).toMatch(/Operation not permitted|Permission denied/)
  })
})

describe('a box that cannot be closed', () => {
  it.each([
    [
      'a line that is not understood',
      'r /usr\nrq /tmp\n',
      ":2: 'rq /tmp' is not rights (r, l, w, x) and an absolute path, nor 'net closed' or 'net chosen'",
    ],
    [
      'a path that is not absolute',
      'r usr\n',
      ":1: 'r usr' is not rights (r, l, w, x) and an absolute path, nor 'net closed' or 'net chosen'",
    ],
  ])('for %s is one line of error, and nothing is started', (_, text, problem) => {
    writeFileSync(rules, text)
    const { status, stdout, stderr } = supervise(['--box', rules], 'echo started')
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' })
    expect(stderr).toBe(`blacksmith-supervise: ${rules}${problem}\n`)
  })

  it('for a missing file of rules names the file', () => {
    const { status, stderr } = supervise(['--box', rules], 'echo started')
    expect(status).toBe(125)
    expect(stderr).toBe(`blacksmith-supervise: cannot read ${rules}: No such file or directory\n`)
  })

  const whereFiltered = canHideLandlock() ? it : it.skip
  whereFiltered('for want of Landlock starts nothing, and says why', () => {
    const { status, stdout, stderr } = supervise(boxOption(rules), 'echo started', withoutLandlock)
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' })
    expect(stderr).toBe('blacksmith-supervise: cannot close the box: the kernel has no Landlock\n')
    expect(supervise([], 'echo started', withoutLandlock).stdout).toBe('started\n')
  })
})

describe('what the doctor says of the box', () => {
  it('stands among its findings', async () => {
    const checks = await checkDevices()
    expect(checks).toContainEqual(checkBox(boxSupport()))
  })

  it('is good where files and TCP can be closed, and says what more can be', () => {
    expect(checkBox({ abi: 6, reason: '' })).toEqual({
      name: 'box',
      state: 'ok',
      detail: 'Landlock ABI 6: files, TCP, abstract UNIX sockets and signals can be closed',
      remedy: null,
    })
    expect(checkBox({ abi: 5, reason: '' })).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^Landlock ABI 5: .*; abstract UNIX sockets and signals cannot/),
    })
  })

  it('is a warning where the network stays open, or all of it', () => {
    expect(checkBox({ abi: 3, reason: '' })).toMatchObject({
      state: 'warning',
      detail: 'Landlock ABI 3: files can be closed, the network cannot',
    })
    expect(checkBox({ abi: 0, reason: 'the kernel has no Landlock' })).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/^the kernel has no Landlock: only Python's audit hook/),
      remedy: expect.stringContaining('allow landlock'),
    })
  })
})
