import { resolve } from 'node:path'
import type { Tree } from '@nx/devkit'
import { FsTree } from 'nx/src/generators/tree'
import dataset from './dataset/generator'
import experiment from './experiment/generator'
import model from './model/generator'

const repository = resolve(__dirname, '../../../..')
/** The repository as it stands; what a generator writes into it stays in memory. */
const fresh = (): Tree => new FsTree(repository, false)
const added = (tree: Tree) =>
  tree
    .listChanges()
    .map(({ path }) => path)
    .sort()
const text = (tree: Tree, path: string) => tree.read(path, 'utf8') ?? ''

describe('an experiment', () => {
  const options = { name: 'digits', framework: 'lightning', model: 'mlp', dataset: 'mnist' }
  const refused = (changed: Partial<typeof options>) => () => experiment(fresh(), { ...options, ...changed })

  test('has all that an experiment has', () => {
    const tree = fresh()
    experiment(tree, options)
    expect(added(tree)).toEqual(
      ['README.md', 'config.ts', 'experiment.yaml', 'recipe.py', 'recipe_test.py'].map(
        (file) => `experiments/lightning/digits/${file}`,
      ),
    )
  })

  test('takes the model’s class and the data set’s structure by the names they have', () => {
    const tree = fresh()
    experiment(tree, options)
    const recipe = text(tree, 'experiments/lightning/digits/recipe.py')
    expect(recipe).toContain('from blacksmith.models.lightning.mlp import MLP')
    expect(recipe).toContain('load_split(ctx.data, name, ctx.config.dataset.variant)')
    expect(text(tree, 'experiments/lightning/digits/config.ts')).toContain('import { mnist as dataset }')
  })

  test('in plain PyTorch takes a model of its own folder', () => {
    const tree = fresh()
    experiment(tree, { ...options, framework: 'torch', model: 'cnn' })
    const recipe = text(tree, 'experiments/torch/digits/recipe.py')
    expect(recipe).toContain('from blacksmith.models.torch.cnn import CNN')
    expect(recipe).not.toMatch(/lightning|<%/)
  })

  test('hands a JAX model the parameters that its init and apply take', () => {
    const tree = fresh()
    experiment(tree, { ...options, framework: 'jax' })
    const recipe = text(tree, 'experiments/jax/digits/recipe.py')
    expect(recipe).toContain('**chosen(ctx, model.init))')
    expect(recipe).toContain('partial(apply, **chosen(ctx, apply))')
  })

  test('has the operations of a JAX step counted', () => {
    const tree = fresh()
    experiment(tree, { ...options, framework: 'jax' })
    expect(text(tree, 'experiments/jax/digits/recipe.py')).toContain('run_chunk = counted(')
  })

  test.each([
    [
      'an unknown framework',
      { framework: 'lightening' },
      /--framework .*lightening\n {2}did you mean lightning\?/,
    ],
    [
      'an unknown model',
      { model: 'mpl' },
      /--model .*no lightning model mpl\n {2}did you mean mlp\?.*executors:model/,
    ],
    [
      'an unknown data set',
      { dataset: 'minst' },
      /--dataset .*no data set minst\n {2}did you mean mnist\?.*executors:dataset/,
    ],
    ['a name that is taken', { name: 'mnist' }, /experiments\/lightning\/mnist {2}is there already/],
    ['a name with other characters', { name: 'My Digits' }, /--name {2}"My Digits" cannot be used/],
    ['a name that leads elsewhere', { name: '../digits' }, /cannot be used/],
    ['a very long name', { name: 'a'.repeat(29) }, /28 characters at most/],
    ['a model that is no classifier', { model: 'nerf' }, /nerf is not made from a number of inputs/],
    ['data without labels', { dataset: 'blender' }, /blender does not give samples with labels/],
  ])('%s is refused', (_, changed, message) => {
    expect(refused(changed)).toThrow(message)
  })

  test('what is missing is asked for, with what there is', () => {
    expect(() => experiment(fresh(), { name: 'digits' })).toThrow(
      /--framework {2}is missing\n {2}there are: jax, lightning, torch/,
    )
    expect(() => experiment(fresh(), {})).toThrow(/--name {2}is missing/)
  })
})

describe('a data set and a model', () => {
  test('become packages with parameters, code and tests', () => {
    const tree = fresh()
    dataset(tree, { name: 'sea_shells' })
    model(tree, { name: 'small_net', framework: 'jax' })
    expect(added(tree)).toEqual([
      ...['__init__.py', 'prepare.py', 'prepare_test.py', 'schema.ts', 'splits.py'].map(
        (file) => `libs/python/blacksmith/datasets/sea_shells/${file}`,
      ),
      ...['__init__.py', 'schema.ts', 'small_net_test.py'].map(
        (file) => `libs/python/blacksmith/models/jax/small_net/${file}`,
      ),
    ])
    expect(text(tree, 'libs/python/blacksmith/datasets/sea_shells/schema.ts')).toContain(
      'export const seaShells',
    )
  })

  test.each(['class', 'match', '3d', 'sea-shells', 'Sea', ''])(
    'the name %j, which no Python package can have, is refused',
    (name) => {
      expect(() => dataset(fresh(), { name })).toThrow(/--name/)
    },
  )

  test('a name that is taken is refused', () => {
    expect(() => dataset(fresh(), { name: 'mnist' })).toThrow(/is there already/)
    expect(() => model(fresh(), { name: 'mlp', framework: 'jax' })).toThrow(/is there already/)
  })
})
