import { environmentsCheck, environmentsTable } from './environments'

const now = Date.parse('2026-03-10')
const made = (name: string, days: number, whole = true) => ({
  name,
  path: `/home/envs/${name}`,
  bytes: 2_000_000,
  used: now - days * 24 * 3600 * 1000,
  whole,
})

test('environments are listed with their size, the last used first', () => {
  const table = environmentsTable([made('jax', 31), made('data', 0), made('dev', 1, false)], now)
  expect(table.split('\n').slice(-3)).toEqual([
    expect.stringMatching(/^data +\S+ MB +today +\/home\/envs\/data$/),
    expect.stringMatching(/^dev +\S+ MB +half made +/),
    expect.stringMatching(/^jax +\S+ MB +31 days ago +/),
  ])
  expect(environmentsTable([])).toBe('No Python environment is made yet.')
})

test('the doctor counts them, and names what was left half made', () => {
  expect(environmentsCheck([made('jax', 31), made('data', 0)])).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/^2, of \S+ MB$/),
  })
  expect(environmentsCheck([made('dev', 1, false)])).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining('half made: /home/envs/dev'),
  })
})
