import { resolve } from '../testing/digits-experiment'
import { refusals } from '../testing/workspace'

describe('--set', () => {
  const training = async (...set: string[]) => (await resolve({ set })).values.training

  test('the structure says what a value is', async () => {
    const { values } = await resolve({
      set: [
        'dataset.path=1.10',
        'training.shuffle=false',
        'training.learning_rate=.5',
        'training.limit=null',
      ],
    })
    expect(values.dataset.path).toBe('1.10')
    expect(values.training).toMatchObject({ shuffle: false, learning_rate: 0.5, limit: null })
  })

  test('a value may hold = and commas', async () => {
    const { values } = await resolve({ set: ['dataset.path=/data/a=b,c: d'] })
    expect(values.dataset.path).toBe('/data/a=b,c: d')
  })

  test('lists of text take words that look like numbers', async () => {
    expect((await training('training.tags=[1, yes, a]')).tags).toEqual(['1', 'yes', 'a'])
  })

  test('a list that Nx split at its commas is put together again', async () => {
    const { values } = await resolve({ set: ['model.hidden=[64', '32]'] })
    expect(values.model.hidden).toEqual([64, 32])
  })

  test('a mapping is laid over the section', async () => {
    const { epochs, batch_size } = await training('training={epochs: 5}')
    expect([epochs, batch_size]).toEqual([5, 64])
  })

  test('an option of a union can be chosen', async () => {
    expect((await training('training.optimizer.kind=adam')).optimizer).toEqual({ kind: 'adam', beta: 0.9 })
    expect((await training('training.optimizer={kind: adam, beta: 0.5}')).optimizer).toMatchObject({
      beta: 0.5,
    })
  })

  test('acceptance can be set, for metrics that are not there yet too', async () => {
    const { values } = await resolve({ set: ['acceptance.loss.at_most=0.5'] })
    expect(values.acceptance).toEqual({ accuracy: { at_least: 0.93 }, loss: { at_most: 0.5 } })
  })

  test.each([
    [
      'training.epochs',
      '--set training.epochs  has no =  write --set training.epochs=<value>; a value with a comma needs quotes: \'a="x,y"\'',
    ],
    ['epochs=4', '--set epochs=4  epochs  epochs is not a known key  did you mean training.epochs?'],
    [
      'training.epochs.x=4',
      '--set training.epochs.x=4  training.epochs.x  training.epochs has no keys of its own  set it as a whole: --set training.epochs=<value>',
    ],
    [
      'model.hidden.0=4',
      '--set model.hidden.0=4  model.hidden.0  model.hidden has no keys of its own  set it as a whole: --set model.hidden=<value>',
    ],
    [
      'training.epochs=many',
      '--set training.epochs=many  training.epochs  is the text "many", not a whole number  write a whole number from 1 to 1000',
    ],
    [
      'training.epochs=1_00',
      '--set training.epochs=1_00  training.epochs  is the text "1_00", not a whole number  write 100',
    ],
    [
      'training.epochs=',
      '--set training.epochs=  training.epochs  is empty, not a whole number  write a value, or remove the key',
    ],
    [
      'evaluation=4',
      '--set evaluation=4  evaluation  is not a value but a group of them  set one of its keys (batch_size): --set evaluation.batch_size=<value>',
    ],
    [
      'model.name=cnn',
      '--set model.name=cnn  model.name  is fixed by experiment.yaml  make another experiment for it',
    ],
    ['threads=4', '--set threads=4  threads  is not a parameter  use --threads=<number>'],
    [
      'model.hidden=[1,',
      '--set model.hidden=[1,  model.hidden  the value is not YAML: Flow sequence must end with a ]  check brackets and quotes; put the flag in quotes for the shell',
    ],
    ['=3', '--set =3  names no parameter before the =  write --set <section>.<key>=<value>'],
    ['__proto__.x=1', '--set __proto__.x=1  __proto__.x  "__proto__" cannot be a key  give the key a name'],
    ['acceptance.__proto__={at_least: 1}', '"__proto__" cannot be a key  give the key a name'],
    ['constructor=1', 'constructor  constructor is not a known key  accepted: dataset, model, training'],
    ['toString.x=1', 'toString.x  toString is not a known key  accepted: dataset, model, training'],
    [
      'training={epochs:4,seed:1}',
      "training.epochs:4  is not a known key  write a space after the colon, in quotes for the shell: --set 'training={epochs: 4,seed: 1}'",
    ],
    [
      'acceptance={accuracy:{at_least:0.9}}',
      "write a space after the colon, in quotes for the shell: --set 'acceptance={accuracy: {at_least: 0.9}}'",
    ],
    ['training.optimizer={kind:sgd}', "--set 'training.optimizer={kind: sgd}'"],
  ])('%s is refused', async (set, expected) => {
    const [line] = await refusals(() => resolve({ set: [set] }))
    expect(line).toContain(expected)
  })
})
