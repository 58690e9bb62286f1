import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeTree, removeTrees } from '../../config/src/testing/tree'
import { withVariables } from '../../environments/src/testing/workshop'
import { requestIn, runRequest, runScript } from './testing/fake-trainer'
import { isAlive, waitUntil } from './testing/processes'

afterAll(removeTrees)

const finishing = 'started(); finished()'

test('a trainer that finishes has its metrics, events and output heard, and its output kept', async () => {
  const { outcome, events, output, request } = await runScript(
    'started(); print("to people"); emit("metric", step=1, split="train", values={"loss": 0.5}); finished()',
  )
  expect(outcome).toEqual({ kind: 'finished', metrics: { accuracy: 1 }, seconds: 0.5 })
  expect(events.map(({ event }) => event)).toEqual(['started', 'metric', 'finished'])
  expect(output).toEqual(['to people'])
  expect(readFileSync(join(request.records, 'log.txt'), 'utf8')).toBe('to people\n')
  expect(JSON.parse(readFileSync(join(request.work, 'request.json'), 'utf8'))).toEqual(request)
})

test('what it says of its failure is what people get', async () => {
  const { outcome } = await runScript(
    'started(); emit("failed", kind="nan", message="loss became nan", remedy="lower it", traceback="T"); os._exit(1)',
  )
  expect(outcome).toEqual({
    kind: 'failed',
    failure: {
      kind: 'nan',
      message: 'loss became nan',
      remedy: 'lower it',
      traceback: 'T',
      exit: { code: 1, signal: null },
    },
  })
})

test('a failure stays one, whatever is said after it', async () => {
  const script = 'started(); emit("failed", kind="error", message="no"); finished()'
  expect((await runScript(script)).outcome).toMatchObject({ kind: 'failed', failure: { message: 'no' } })
})

test.each([
  [`${finishing}; os._exit(3)`, 'crashed', 'the trainer ended with status 3 after it had finished'],
  ['started()', 'crashed', 'the trainer ended well but never said that it had finished'],
  ['started(); os._exit(9)', 'crashed', 'the trainer ended with status 9'],
  ['raise ValueError(7)', 'crashed', 'the trainer ended with status 1 before it had started'],
  [
    'started(); os.kill(os.getpid(), signal.SIGSEGV)',
    'crashed',
    'the trainer ended by SIGSEGV, a crash in native code',
  ],
  ['started(); os.kill(os.getpid(), signal.SIGKILL)', 'crashed', 'the trainer was killed (SIGKILL)'],
])('%s is a failure', async (script, kind, message) => {
  expect((await runScript(script)).outcome).toMatchObject({ kind: 'failed', failure: { kind, message } })
})

test('the last lines are shown of a trainer that dies without a word', async () => {
  const { outcome } = await runScript(
    'started(); [print(i) for i in range(99)]; sys.stdout.flush(); os._exit(2)',
  )
  const traceback = outcome.kind === 'failed' ? (outcome.failure.traceback ?? '') : ''
  expect(traceback.split('\n').slice(-2)).toEqual(['97', '98'])
})

test('50 MB without a line’s end are endured, and what is shown of them is short', async () => {
  const { outcome, output, request } = await runScript(
    'started()\nfor i in range(800): sys.stdout.write("x" * 65536)\nprint(); print("then"); finished()',
  )
  expect(outcome.kind).toBe('finished')
  expect(output.map((line) => line.slice(-7))).toEqual(['… (cut)', 'then'])
  expect(readFileSync(join(request.records, 'log.txt')).length).toBeLessThan(2 << 20)
})

test('garbage on the descriptor of events is reported, and ends nothing', async () => {
  const script = `started(); raw(b"\\xff\\x00garbage\\n[1,2]\\n{}\\n{\\"event\\": \\"progress\\", \\"time\\": 1, \\"step\\": -1}\\n\\n")
for i in range(100): raw(b"more\\n")
emit("of a newer trainer", value=1); finished()`
  const { outcome, events } = await runScript(script)
  expect(outcome.kind).toBe('finished')
  const kinds = events.map(({ event }) => event)
  expect(kinds.filter((kind) => kind === 'warning')).toHaveLength(6)
  expect(kinds).toContain('of a newer trainer')
  expect(events).toContainEqual(
    expect.objectContaining({
      message: 'the trainer sent 104 lines that are no events; 5 of them were shown',
    }),
  )
})

test('a process that it leaves behind with its streams open holds nobody up, and is ended', async () => {
  const { outcome, output } = await runScript(
    'started(); p = subprocess.Popen(["sleep", "600"], pass_fds=[descriptor]); print(p.pid, flush=True); finished()',
  )
  expect(outcome.kind).toBe('finished')
  // It has the signal; it needs a moment to end.
  await waitUntil(() => !isAlive(Number(output[0])), 60)
})

test('secrets reach the trainer, and neither its log nor its events', async () => {
  const token = 'hf_abc"def$&1234'
  const script = `started(); print(os.environ["HF_TOKEN"], "at http://me:pw@proxy"); emit("warning", message="with " + os.environ["HF_TOKEN"])
emit("failed", kind="error", message="m", traceback=os.environ["HF_TOKEN"])`
  const variables = { HF_TOKEN: token, HTTPS_PROXY: 'http://me:pw@proxy', TOKENIZERS_PARALLELISM: 'started!' }
  const { outcome, events, output, request } = await withVariables(variables, () => runScript(script))
  expect(output).toEqual(['<HF_TOKEN> at http://me:<HTTPS_PROXY>@proxy'])
  expect(readFileSync(join(request.records, 'log.txt'), 'utf8')).not.toContain(token)
  expect(events[1]).toMatchObject({ message: 'with <HF_TOKEN>' })
  expect(outcome).toMatchObject({ failure: { traceback: '<HF_TOKEN>' } })
})

test('of a secret nothing is kept where it comes in pieces, in colours, in two lines, or is cut', async () => {
  const token = 'hf_0123456789'
  const script = `started(); token = os.environ["HF_TOKEN"]
for half in token[:6], token[6:]: sys.stdout.write(half); sys.stdout.flush(); time.sleep(0.05)
print(); print(token[:6] + "\x1b[1m" + token[6:] + "\x1b[0m"); print(token * 100000)
print("at", token[:7]); print(token[7:])
raw(b"x" * 115 + token.encode() + b"\\n"); finished()`
  const { events, output } = await withVariables({ HF_TOKEN: token }, () => runScript(script))
  expect(output.slice(0, 2)).toEqual(['<HF_TOKEN>', '<HF_TOKEN>'])
  expect(output[2]?.replaceAll('<HF_TOKEN>', '')).toBe(' … (cut)')
  expect(output.slice(3)).toEqual(['at <HF_TOKEN>', '<HF_TOKEN>'])
  expect(JSON.stringify(events)).not.toContain('hf_0')
})

test('the person’s own Python settings do not reach the trainer', async () => {
  const stray = makeTree({ 'json.py': 'raise SystemExit(9)\n' })
  const settings = {
    PYTHONDONTWRITEBYTECODE: undefined,
    PYTHONPATH: stray,
    PYTHONHOME: stray,
    VIRTUAL_ENV: stray,
    PYTHONOPTIMIZE: '2',
    PYTHONINSPECT: '1',
  }
  const script =
    'started(); print(sorted(n for n in os.environ if n.startswith(("PYTHON", "VIRTUAL")))); finished()'
  const { outcome, output } = await withVariables(settings, () => runScript(script))
  expect(outcome.kind).toBe('finished')
  expect(output[0]).toBe(
    "['PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'PYTHONNOUSERSITE', 'PYTHONPATH', 'PYTHONUTF8']",
  )
})

test('a log that cannot be written is reported once, and ends no training', async () => {
  const records = makeTree({ 'log.txt/in-the-way': '' })
  const { outcome, output } = await runScript('started(); print("one"); print("two"); finished()', {
    records,
  })
  expect(outcome.kind).toBe('finished')
  expect(output).toEqual([expect.stringMatching(/^\/.*log\.txt cannot be written.*EISDIR/), 'one', 'two'])
})

test('without room for the request nothing is started, and that is reported', async () => {
  const folder = makeTree({ 'work/.keep': '' })
  symlinkSync('/dev/full', join(folder, 'work', 'request.json'))
  const { outcome } = await runRequest(requestIn(folder), { pythonPath: [], cwd: folder })
  expect(outcome).toMatchObject({
    failure: { kind: 'disk-full', remedy: expect.stringContaining('BLACKSMITH_HOME') },
  })
})

test.each([
  [
    'an interpreter that is gone',
    { environment: { name: 'e', python: '/gone/python', pythonVersion: '3', packages: {} } },
  ],
  ['a folder that is not there', { cwd: '/gone/folder' }],
])('%s is reported as what it is', async (_, options) => {
  const { outcome, request } = await runScript(finishing, options)
  expect(outcome).toMatchObject({
    kind: 'failed',
    failure: {
      message: expect.stringMatching(/\/gone\/.*: ENOENT$/),
      remedy: expect.stringContaining('is made again by the next run'),
    },
  })
  expect(existsSync(request.output)).toBe(false)
})

test('a listener that fails ends the run and is heard', async () => {
  const running = runScript('started(); time.sleep(60)', {
    onEvent: () => {
      throw new Error('a mistake of ours')
    },
  })
  await expect(running).rejects.toThrow('a mistake of ours')
})
