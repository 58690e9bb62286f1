import { makeTree, removeTrees } from '../../config/src/testing/tree'
import { frameworkEnvironment, preparationEnvironment } from './environment-name'

afterAll(removeTrees)

const folder = 'libs/python/requirements'
const root = makeTree({ [`${folder}/torch-llama.txt`]: '', [`${folder}/data-sst2.txt`]: '' })

test('an experiment runs in the environment of its framework, or in its own where it has one', () => {
  const mnist = { framework: 'torch', project: 'torch-mnist' }
  const llama = { framework: 'torch', project: 'torch-llama' }
  expect(frameworkEnvironment(root, mnist, 'cpu')).toBe('torch')
  expect(frameworkEnvironment(root, llama, 'gpu')).toBe('torch-llama-cuda')
})

test('a data set is prepared in the environment of all, or in its own where it has one', () => {
  expect(preparationEnvironment(root, 'mnist')).toBe('data')
  expect(preparationEnvironment(root, 'sst2')).toBe('data-sst2')
})
