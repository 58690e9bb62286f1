import { displayWidth } from '@blacksmith/text'
import { createProgress } from './progress'
import { Screen } from './screen.fixture'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const progressAt = (step: number, more: Record<string, unknown> = {}) => ({
  event: 'progress',
  time: 1_000_000 + step / 10,
  step,
  of: 1000,
  epoch: 1 + Math.floor(step / 500),
  epochs: 3,
  rate: 6400,
  unit: 'images',
  metrics: { loss: 2 - step / 1000 },
  ...more,
})

describe('on a terminal', () => {
  test('one line is redrawn in place with epoch, step, loss, rate and the time that is left', () => {
    const screen = new Screen(120)
    const progress = createProgress({ stream: screen.asStream(), label: 'mnist:train' })
    progress.event({ event: 'started', device: { kind: 'tt', count: 2, threads: 2 } })
    for (let step = 100; step <= 600; step += 100) {
      progress.event(progressAt(step))
      jest.advanceTimersByTime(150)
    }
    expect(screen.lines()).toEqual([
      'mnist:train  epoch 2/3  step 600/1,000  loss 1.4  █▇▅▄▂▁  6,400 images/s  2 × tt  40 s left',
    ])
    progress.end()
  })

  test('events that come faster than anyone can read are drawn at most ten times a second, the last one always', () => {
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    for (let step = 0; step < 1000; step += 1) {
      progress.event(progressAt(step))
      jest.advanceTimersByTime(1)
    }
    jest.advanceTimersByTime(200)
    expect(screen.writes.length).toBeLessThanOrEqual(12)
    expect(screen.lines()[0]).toContain('step 999/1,000')
    progress.end()
  })

  test('notes and warnings stand above the line and do not tear it; a warning is shown once', () => {
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    progress.note('before')
    progress.event(progressAt(1))
    progress.note('in\nbetween')
    for (let i = 0; i < 3; i += 1) progress.event({ event: 'warning', message: 'few\u001B[31m workers' })
    expect(screen.lines().slice(0, 4)).toEqual(['before', 'in', 'between', 'warning: few workers'])
    expect(screen.lines()[4]).toContain('step 1/1,000')
    progress.end()
    expect(screen.lines().slice(4)).toEqual([
      'a  epoch 1/3  step 1/1,000  loss 1.999  6,400 images/s',
      'warning (3 times): few workers',
    ])
  })

  test('the end leaves the last state as a whole line, without a time that is left, also after a failure', () => {
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    for (const step of [100, 200, 300]) progress.event(progressAt(step))
    progress.event({ event: 'failed', kind: 'nan', message: 'NaN' })
    progress.end()
    progress.end()
    progress.event(progressAt(400))
    jest.advanceTimersByTime(1000)
    expect(screen.lines()).toEqual(['a  epoch 1/3  step 300/1,000  loss 1.7  6,400 images/s'])
    expect(screen.writes.at(-1)?.endsWith('\n')).toBe(true)
  })

  test('the line that stays comes when the work is done, above what is said about its results', () => {
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    progress.event({ event: 'finished', seconds: 61, metrics: { accuracy: 0.95 } })
    progress.note('accepted')
    progress.event({ event: 'telemetry', values: { temperature: 61 } })
    jest.advanceTimersByTime(150)
    progress.end()
    expect(screen.lines()).toEqual(['a  accuracy 0.95  took 1:01', 'accepted'])
  })

  test('a run that reported nothing leaves nothing', () => {
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    progress.event({ event: 'started' })
    progress.event({ event: 'finished', seconds: 3 } as never)
    progress.end()
    expect(screen.writes.join('')).not.toContain('NaN')
  })

  test('on eighty columns the project and the epoch are named; what matters less makes room', () => {
    const screen = new Screen(80)
    const progress = createProgress({ stream: screen.asStream(), label: 'lightning-mnist:train' })
    progress.event({ event: 'started', device: { kind: 'gpu', count: 1, threads: 2 } })
    progress.event({ event: 'telemetry', values: { temperature: 61.4 } })
    progress.event({ event: 'metric', split: 'validation', values: { accuracy: 0.9 } })
    for (let step = 100; step <= 900; step += 100) progress.event(progressAt(step))
    jest.advanceTimersByTime(150)
    expect(screen.lines()).toEqual([
      'lightning-mnist:train  epoch 2/3  step 900/1,000  loss 1.1  █▇▆▅▄▃▂▁  10 s left',
    ])
    progress.end()
  })

  test.each([5, 12, 20, 30, 40, 60, 80, 200])('the line stays on one row of %i columns', (columns) => {
    const screen = new Screen(columns)
    const progress = createProgress({ stream: screen.asStream(), label: '実験-数字認識:train' })
    progress.event(
      progressAt(100, { metrics: { loss: 1, 精度: 0.5, ['x'.repeat(5000)]: 1, b: 'y'.repeat(9000) } }),
    )
    progress.event(progressAt(200))
    jest.advanceTimersByTime(150)
    expect(screen.lines()).toHaveLength(1)
    expect(displayWidth(screen.lines()[0] ?? '')).toBeLessThan(columns)
    if (columns >= 20) expect(screen.lines()[0]).toContain('step 200/1,000')
    progress.end()
  })

  test('a window that becomes narrower leaves no remains of the longer line', () => {
    const screen = new Screen(100)
    const progress = createProgress({ stream: screen.asStream(), label: 'mnist:train' })
    progress.note('above')
    progress.event(progressAt(100))
    screen.resize(30)
    progress.event(progressAt(200))
    jest.advanceTimersByTime(150)
    expect(screen.lines()).toHaveLength(2)
    expect(screen.lines()[0]).toBe('above')
    progress.end()
  })

  test('the width is that of the window that people look at, also after it has changed', () => {
    const screen = new Screen(100)
    let window = 60
    const progress = createProgress({ stream: screen.asStream(), label: 'a', columns: () => window })
    progress.event(progressAt(100))
    expect(displayWidth(screen.lines()[0] ?? '')).toBeLessThan(60)
    window = 30
    screen.resize(30)
    for (const step of [200, 300]) {
      progress.event(progressAt(step))
      jest.advanceTimersByTime(150)
    }
    expect(screen.lines()).toHaveLength(1)
    progress.end()
  })

  test('before the first step, and between steps, the line says what goes on', () => {
    const screen = new Screen(80)
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    const shown = () => {
      jest.advanceTimersByTime(150)
      return screen.lines().at(-1)
    }
    progress.passing('place 2 in the queue')
    expect(shown()).toBe('a  place 2 in the queue')
    progress.event({ event: 'started' })
    expect(shown()).toBe('a  loading')
    progress.event({ event: 'phase', name: 'imports', seconds: 3 })
    expect(shown()).toBe('a  preparing the first step')
    progress.event({ event: 'doing', what: 'compiling' })
    expect(shown()).toBe('a  compiling')
    progress.event(progressAt(100))
    expect(shown()).not.toContain('compiling')
    progress.event({ event: 'doing', what: 'validating' })
    expect(shown()).toContain('validating')
    progress.end()
    expect(shown()).toBe('a  epoch 1/3  step 100/1,000  loss 1.9  6,400 images/s')
  })

  test('what was said while nothing was done leaves nothing', () => {
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    progress.passing('installing torch, 3 of 40 packages')
    progress.end()
    expect(screen.lines()).toEqual([])
  })

  test('a terminal that cannot move its cursor gets whole lines', () => {
    const term = process.env.TERM
    process.env.TERM = 'dumb'
    const screen = new Screen()
    const progress = createProgress({ stream: screen.asStream(), label: 'a' })
    progress.event(progressAt(1))
    progress.end()
    process.env.TERM = term
    expect(screen.writes).toEqual(['a  epoch 1/3  step 1/1,000  loss 1.999  6,400 images/s\n'])
  })
})

describe('in a log', () => {
  function log(past?: (text: string) => boolean) {
    const writes: string[] = []
    const stream = { isTTY: false, write: (text: string) => writes.push(text) > 0 }
    let clock = 0
    const progress = createProgress({
      stream: stream as unknown as NodeJS.WriteStream,
      label: 'a',
      ...(past ? { past } : {}),
      now: () => clock,
      interval: 5000,
    })
    return {
      writes,
      progress,
      wait: (ms: number) => {
        clock += ms
      },
    }
  }

  test('whole lines are printed, the first, at most one every five seconds, and the last', () => {
    const { writes, progress, wait } = log()
    for (let step = 0; step < 120; step += 1) {
      progress.event(progressAt(step))
      wait(100)
    }
    progress.end()
    expect(writes.map((line) => line.match(/step (\d+)/)?.[1])).toEqual(['0', '50', '100', '119'])
    for (const line of writes) expect(line).toMatch(/^[^\n]+\n$/)
  })

  test('the last line is not printed twice', () => {
    const { writes, progress } = log()
    progress.event(progressAt(1))
    progress.end()
    expect(writes).toHaveLength(1)
  })

  test('the last step is printed once, by the line that stays, with one value of each metric', () => {
    const { writes, progress, wait } = log()
    for (const step of [500, 1000]) {
      progress.event(progressAt(step))
      progress.event({ event: 'metric', split: 'validation', values: { accuracy: step / 1100 } })
      wait(6000)
    }
    progress.event({ event: 'finished', seconds: 61, metrics: { accuracy: 0.95 } })
    progress.end()
    expect(writes.filter((line) => line.includes('step 1,000/1,000'))).toEqual([
      'a  epoch 3/3  step 1,000/1,000  loss 1  accuracy 0.95  6,400 images/s  took 1:01\n',
    ])
  })

  test('what goes on is printed only when it takes long, and past what is kept for a replay', () => {
    const passed: string[] = []
    const { writes, progress } = log((text) => passed.push(text) > 0)
    progress.event({ event: 'started' })
    jest.advanceTimersByTime(4000)
    progress.event({ event: 'phase', name: 'imports', seconds: 4 })
    jest.advanceTimersByTime(5100)
    progress.passing('place 2 in the queue')
    expect(passed).toEqual(['a  preparing the first step\n', 'a  place 2 in the queue\n'])
    progress.event(progressAt(1))
    jest.advanceTimersByTime(60_000)
    progress.end()
    expect(passed).toHaveLength(2)
    expect(writes).toHaveLength(1)
  })

  test('where there is no way past, a wait is printed in the log', () => {
    const { writes, progress } = log()
    progress.passing('place 2 in the queue')
    expect(writes).toEqual(['a  place 2 in the queue\n'])
    progress.end()
  })

  test('nothing is printed that a replay of the log would make false', () => {
    const { writes, progress, wait } = log()
    for (const step of [100, 200, 300]) {
      progress.event(progressAt(step))
      wait(6000)
    }
    progress.event({ event: 'finished', seconds: 61, metrics: { accuracy: 0.95 } })
    progress.end()
    expect(writes.join('')).not.toMatch(/left|now|\d:\d\d:\d\d|\p{Cc}(?<!\n)/u)
    expect(writes.at(-1)).toBe(
      'a  epoch 1/3  step 300/1,000  loss 1.7  accuracy 0.95  6,400 images/s  took 1:01\n',
    )
  })

  test('a line says how long the run took so far and takes in all, with the course of the loss', () => {
    const { writes, progress, wait } = log()
    progress.event({ event: 'started', time: 999_990 })
    for (const step of [100, 200, 300]) {
      progress.event(progressAt(step))
      wait(6000)
    }
    progress.end()
    expect(writes[2]).toBe(
      'a  epoch 1/3  step 300/1,000  loss 1.7  █▅▁  6,400 images/s  40 s of about 1:50\n',
    )
    expect(writes[3]).toBe('a  epoch 1/3  step 300/1,000  loss 1.7  6,400 images/s\n')
  })

  test('the last line comes when the work is done, above what is said about its results', () => {
    const { writes, progress } = log()
    progress.event({ event: 'finished', seconds: 61, metrics: { accuracy: 0.95 } })
    progress.note('accepted')
    progress.end()
    expect(writes).toEqual(['a  accuracy 0.95  took 1:01\n', 'a  accepted\n'])
  })

  test('notes say whose they are, since several runs may share a log', () => {
    const { writes, progress } = log()
    progress.note('continuing at step 7')
    progress.note('metric  value\naccuracy  0.9')
    progress.event({ event: 'warning', message: 'few workers' })
    progress.end()
    expect(writes).toEqual([
      'a  continuing at step 7\n',
      'a:\nmetric  value\naccuracy  0.9\n',
      'a  warning: few workers\n',
    ])
  })

  test('unknown totals are left out, and hostile names and values are one printable line', () => {
    const { writes, progress } = log()
    progress.event({
      event: 'progress',
      step: 7,
      of: null,
      epoch: Number.NaN,
      rate: 'fast',
      unit: 3,
      metrics: { loss: Number.NaN, 'a\u001B[2J\nb': 'c\r\nd', __proto__: 1, list: [1], nothing: null },
    })
    progress.event({ event: 'progress', step: 3, of: 2, metrics: 'none' })
    progress.event({ event: 'metric', split: 'train', values: { loss: 1 } })
    progress.event({ event: 'something new' })
    progress.end()
    expect(writes).toEqual(['a  step 7  loss NaN  a b c d\n', 'a  step 3  loss NaN  a b c d\n'])
  })

  test('the temperature of the device is shown, however the telemetry nests it', () => {
    const { writes, progress } = log()
    progress.event({ event: 'telemetry', values: { temperature: 61.4, memory: null } })
    progress.end()
    expect(writes.at(-1)).toBe('a  61 °C\n')
  })

  test('values of the validation split are named after it', () => {
    const { writes, progress } = log()
    progress.event(progressAt(1))
    progress.event({ event: 'metric', step: 1, epoch: 1, split: 'validation', values: { accuracy: 0.9 } })
    progress.end()
    expect(writes.at(-1)).toContain('loss 1.999  validation accuracy 0.9')
  })
})
