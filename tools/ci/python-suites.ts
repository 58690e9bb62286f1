/** Python code with the environment whose packages it imports: there it is tested and type-checked. */
export interface PythonSuite {
  environment: string
  /** Workspace-relative folders and files; those that do not exist are left out. */
  paths: string[]
  /** Tests below `paths` that need another framework, in whose suite they stand. */
  elsewhere?: string[]
}

const distribution = 'libs/python/blacksmith'
const torchTestsOfDatasets = ['blender/torch_rays', 'mnist/torch_augmentation', 'text/torch_text'].map(
  (name) => `${distribution}/datasets/${name}_test.py`,
)
const llamaTestsOfDatasets = ['base', 'frames'].map((name) => `${distribution}/datasets/sst2/${name}_test.py`)
const jaxTests = [
  `${distribution}/backends/jax_devices_test.py`,
  `${distribution}/training/jax_state_test.py`,
  `${distribution}/training/jax_steps_test.py`,
]

export const pythonSuites: PythonSuite[] = [
  {
    environment: 'data',
    paths: [`${distribution}/datasets`],
    elsewhere: [...torchTestsOfDatasets, ...llamaTestsOfDatasets],
  },
  {
    environment: 'lightning',
    paths: [
      `${distribution}/runs.py`,
      `${distribution}/runs_test.py`,
      `${distribution}/training`,
      `${distribution}/backends`,
      ...torchTestsOfDatasets,
      `${distribution}/models/lightning`,
      'experiments/lightning',
      'benchmarks/gpu',
    ],
    elsewhere: jaxTests,
  },
  { environment: 'jax', paths: [...jaxTests, `${distribution}/models/jax`, 'experiments/jax'] },
  { environment: 'optuna', paths: [`${distribution}/sweeps`] },
  {
    environment: 'torch',
    paths: [
      ...['cnn', 'gpt'].map((model) => `${distribution}/models/torch/${model}`),
      ...['cnn', 'nanogpt'].map((name) => `experiments/torch/${name}`),
    ],
  },
  {
    environment: 'torch-llama',
    paths: [...llamaTestsOfDatasets, `${distribution}/models/torch/causal_lm`, 'experiments/torch/llama'],
  },
]
