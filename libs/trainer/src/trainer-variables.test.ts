import { trainerVariables } from './trainer-variables'

const names = (env: NodeJS.ProcessEnv, declared: string[] = []) =>
  Object.keys(trainerVariables(env, declared).variables).filter((name) => name in env)

test('a trainer gets how it is shown, where it writes and whom it may reach', () => {
  const env = {
    PATH: '/usr/bin',
    HOME: '/home/me',
    TERM: 'xterm',
    https_proxy: 'http://proxy:3128',
    NO_PROXY: 'localhost',
    SSL_CERT_FILE: '/etc/ssl/cert.pem',
    HF_TOKEN: 'hf_0123456789',
    PYTHONBREAKPOINT: 'ipdb.set_trace',
    BLACKSMITH_CHECKPOINT_SECONDS: '10',
  }
  expect(names(env)).toEqual(Object.keys(env))
})

test('and nothing else, whatever it is called', () => {
  const env = {
    ...{ X: '1', EDITOR: 'vi', BLACKSMITH_HOME: '/store', AWS_SECRET_ACCESS_KEY: 'k', OLDPWD: '/' },
    ...{ BLACKSMITH_SIGNING_KEY: '/keys/ours.pem', BLACKSMITH_REMOTE: 's3://bucket' },
  }
  expect(names(env)).toEqual([])
  expect(trainerVariables(env, []).leftOut).toEqual([])
})

test('a launcher of many processes is not heard: a training is one, inside an allocation too', () => {
  const env = {
    ...{ SLURM_NTASKS: '2', SLURM_PROCID: '1', SLURM_JOB_NAME: 'train', SLURM_CPUS_PER_TASK: '1' },
    ...{ RANK: '1', LOCAL_RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'node1', MASTER_PORT: '29500' },
    ...{ TORCHELASTIC_RUN_ID: 'none', GROUP_RANK: '0', NODE_RANK: '1', TPU_WORKER_ID: '1' },
    ...{ PMI_RANK: '1', PMIX_RANK: '1', OMPI_COMM_WORLD_RANK: '1', JSM_NAMESPACE_RANK: '1' },
  }
  expect(trainerVariables(env, [])).toEqual(trainerVariables({}, []))
})

describe('who runs it, and where in the world,', () => {
  const env = {
    ...{ USER: 'ada', LOGNAME: 'ada', TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' },
    ...{ LANGUAGE: 'de', LC_ALL: 'de_DE.UTF-8', LC_NUMERIC: 'de_DE.UTF-8', COLUMNS: '132' },
  }

  test('is the same for everybody', () => {
    const { variables, leftOut } = trainerVariables(env, [])
    expect(variables).toMatchObject({ USER: 'blacksmith', LOGNAME: 'blacksmith', TZ: 'UTC', LANG: 'C.UTF-8' })
    expect(variables).toEqual(trainerVariables({}, []).variables)
    expect(leftOut).toEqual([])
  })

  test('is passed where the experiment declares it', () => {
    expect(trainerVariables(env, Object.keys(env)).variables).toMatchObject(env)
  })
})

test.each([
  ...['XLA_FLAGS', 'JAX_DEFAULT_PRNG_IMPL', 'JAX_THREEFRY_PARTITIONABLE', 'JAX_DISABLE_JIT', 'MKL_CBWR'],
  ...['ATEN_CPU_CAPABILITY', 'TORCH_ALLOW_TF32_CUBLAS_OVERRIDE', 'PYTORCH_CUDA_ALLOC_CONF', 'PL_GLOBAL_SEED'],
  ...['CUBLAS_WORKSPACE_CONFIG', 'CUDNN_LOGINFO_DBG', 'CUDA_LAUNCH_BLOCKING', 'NVIDIA_TF32_OVERRIDE'],
  ...['NCCL_ALGO', 'ONEDNN_MAX_CPU_ISA', 'DNNL_DEFAULT_FPMATH_MODE', 'OMP_SCHEDULE', 'KMP_BLOCKTIME'],
  ...['GOMP_SPINCOUNT', 'OPENBLAS_CORETYPE', 'NVPL_LAPACK_MATH_MODE', 'BLIS_ARCH_TYPE', 'TF_XLA_FLAGS'],
  ...['NPY_DISABLE_CPU_FEATURES', 'TT_METAL_HOME', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'GLIBC_TUNABLES'],
  ...['MALLOC_PERTURB_', 'HF_HOME', 'TRANSFORMERS_CACHE', 'TOKENIZERS_PARALLELISM'],
  ...['PYTHONPATH', 'PYTHONHOME', 'PYTHONOPTIMIZE'],
])('%s is left out, and named', (name) => {
  const { variables, leftOut } = trainerVariables({ [name]: '7' }, [])
  expect(variables).not.toHaveProperty(name)
  expect(leftOut).toEqual([name])
})

test('what is left out is named in order', () => {
  expect(trainerVariables({ XLA_FLAGS: '', JAX_LOG: '', MKL_CBWR: '' }, []).leftOut).toEqual([
    'JAX_LOG',
    'MKL_CBWR',
    'XLA_FLAGS',
  ])
})

test.each([
  ['the run sets', { OMP_NUM_THREADS: '8', CUDA_VISIBLE_DEVICES: '1', JAX_PLATFORMS: 'cuda' }],
  ['an image says of itself', { CUDA_VERSION: '12.6', NVIDIA_REQUIRE_CUDA: 'cuda>=12' }],
  ['is a secret', { HF_OTHER_TOKEN: 'hf_0123456789', TT_API_KEY: '0123456789' }],
])('what %s is neither passed nor named', (_, env) => {
  expect(names(env)).toEqual([])
  expect(trainerVariables(env, []).leftOut).toEqual([])
})

test('what the experiment declares is passed where it is set, empty or not', () => {
  const env = { XLA_FLAGS: '--x', MY_SWITCH: '' }
  const { variables, leftOut } = trainerVariables(env, ['XLA_FLAGS', 'MY_SWITCH', 'NOT_SET'])
  expect(variables).toMatchObject(env)
  expect(variables).not.toHaveProperty('NOT_SET')
  expect(leftOut).toEqual([])
})

test('a secret cannot be declared', () => {
  expect(() => trainerVariables({}, ['MODE', 'HF_TOKEN', 'WANDB_API_KEY'])).toThrow(
    /variables {2}HF_TOKEN holds a secret[\s\S]*variables {2}WANDB_API_KEY holds a secret/,
  )
})

test('Python leaves no bytecode, sees no packages of the user’s, and orders its sets as always', () => {
  const env = { PYTHONDONTWRITEBYTECODE: '', PYTHONHASHSEED: '5', PYTHONNOUSERSITE: '', PYTHONUTF8: '0' }
  expect(trainerVariables(env, [])).toEqual({
    variables: {
      ...{ LANG: 'C.UTF-8', LOGNAME: 'blacksmith', TZ: 'UTC', USER: 'blacksmith' },
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONHASHSEED: '0',
      PYTHONNOUSERSITE: '1',
      PYTHONUTF8: '1',
    },
    leftOut: [],
  })
})
