import { resolve } from '../testing/digits-experiment'
import { select } from './select'

describe('select', () => {
  test('gives the leaves of the sections asked for, without those of certain roles', async () => {
    const config = await resolve({ set: ['training.optimizer.kind=adam'] })
    expect(config.roles['training.epochs']).toBe('horizon')
    expect(config.roles['acceptance.accuracy.at_least']).toBe('acceptance')
    expect(
      select(config, ['dataset', 'training', 'acceptance'], ['horizon', 'reporting', 'acceptance']),
    ).toEqual({
      dataset: { name: 'mnist', variant: 'mnist' },
      training: {
        batch_size: 64,
        learning_rate: 0.001,
        shuffle: true,
        seed: 0,
        tags: [],
        limit: null,
        optimizer: { kind: 'adam', beta: 0.9 },
      },
      acceptance: {},
    })
  })

  test('says where a thing lies only to who asks for it', async () => {
    const config = await resolve({ set: ['dataset.path=/data/x'] })
    expect(select(config, ['dataset'], [])).toMatchObject({ dataset: { path: '/data/x' } })
    expect(select(config, ['dataset'], ['location'])).toEqual({
      dataset: { name: 'mnist', variant: 'mnist' },
    })
  })
})
