/** Python code with the environment whose packages it imports: there it is tested and type-checked. */
export interface PythonSuite {
  environment: string
  /** Workspace-relative folders and files; those that do not exist are left out. */
  paths: string[]
}

const distribution = 'libs/python/blacksmith'

export const pythonSuites: PythonSuite[] = [
  { environment: 'data', paths: [`${distribution}/datasets`] },
  {
    environment: 'lightning',
    paths: [
      `${distribution}/training`,
      `${distribution}/backends`,
      `${distribution}/models/lightning`,
      'experiments/lightning',
    ],
  },
  { environment: 'jax', paths: [`${distribution}/models/jax`, 'experiments/jax'] },
  { environment: 'torch-llama', paths: [`${distribution}/models/torch`, 'experiments/torch'] },
]
