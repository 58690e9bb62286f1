import { experiment, resolve } from '../testing/digits-experiment'
import { refusals } from '../testing/workspace'

describe('spellings of numbers and booleans', () => {
  const value = async (field: string, spelling: string) => {
    const [key = ''] = field.split(': ')
    const { values } = await resolve({ files: experiment(field, `${key}: ${spelling}`) })
    return values.training[key]
  }

  test.each([
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    ['0x10', 16],
    ['1E2', 100],
    ['0o17', 15],
  ])('%s is a number', async (spelling, number) => {
    expect(await value('learning_rate: 1e-3', spelling)).toBe(number)
  })

  test.each([
    ['1_000', '1000'],
    ['1,5', '1.5'],
    ['010', '10'],
    ['0b11', '3'],
    ['"1e-3"', '1e-3 without quotes'],
    ["'.5'", '.5 without quotes'],
    ['-0x10', '-16'],
  ])('%s is refused with the spelling %s', async (spelling, remedy) => {
    const [line] = await refusals(() => value('learning_rate: 1e-3', spelling))
    expect(line).toMatch(new RegExp(`:8:18  training.learning_rate  .*  write ${remedy}$`))
  })

  test.each([
    ['True', true],
    ['TRUE', true],
    ['false', false],
  ])('%s is a boolean', async (spelling, boolean) => {
    expect(await value('epochs: 3', `3\n  shuffle: ${spelling}`)).toBe(3)
    const { values } = await resolve({ files: experiment('epochs: 3', `shuffle: ${spelling}`) })
    expect(values.training.shuffle).toBe(boolean)
  })

  test.each([
    ['yes', 'true'],
    ['On', 'true'],
    ['off', 'false'],
    ['n', 'false'],
    ['1', 'true'],
    ['"true"', 'true without quotes'],
  ])('%s is refused with the spelling %s', async (spelling, remedy) => {
    const [line] = await refusals(() => resolve({ files: experiment('epochs: 3', `shuffle: ${spelling}`) }))
    expect(line).toMatch(new RegExp(`training.shuffle  .*  write ${remedy}$`))
  })

  test('text that may be meant as a number is refused where both can stand, and taken in quotes', async () => {
    const [line] = await refusals(() => resolve({ files: experiment('epochs: 3', 'limit: 1_000') }))
    expect(line).toMatch(
      /training.limit {2}1_000 is text in YAML 1.2 {2}write 1000, or "1_000" in quotes for the text$/,
    )
    const { values } = await resolve({ files: experiment('epochs: 3', 'limit: "1_000"') })
    expect(values.training.limit).toBe('1_000')
  })
})
