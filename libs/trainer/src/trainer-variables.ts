import { deviceVariables, UserError } from '@blacksmith/config/header'
import { isSecretName } from '@blacksmith/secrets'

/** What of a person's variables reaches a trainer. */
export interface TrainerVariables {
  variables: Record<string, string>
  /** Names of those that are set and could shape a result, and that it does not get. */
  leftOut: string[]
}

/** How a run is shown, where it may write and whom it may reach: none of these changes a number. */
const allowed = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'TERM', 'COLORTERM', 'NO_COLOR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NIX_SSL_CERT_FILE'],
  ...['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'KAGGLE_USERNAME', 'KAGGLE_KEY'],
  ...['PYTHONBREAKPOINT', 'PYTHONDEVMODE', 'PYTHONFAULTHANDLER', 'PYTHONMALLOC'],
  ...['PYTHONPROFILEIMPORTTIME', 'PYTHONTRACEMALLOC', 'PYTHONWARNINGS'],
  ...['BLACKSMITH_CHECKPOINT_SECONDS', 'BLACKSMITH_KEEP_EVERY_STEPS', 'BLACKSMITH_RANK_SECONDS'],
])

const weighty = new RegExp(
  `^(${[
    ...['XLA_', 'JAX_', 'LIBTPU_', 'PJRT_', 'FLAX_'],
    ...['TORCH_', 'TORCHINDUCTOR_', 'PYTORCH_', 'ATEN_', 'PL_', 'LIGHTNING_', 'TRITON_'],
    ...[
      'CUDA_',
      'CUBLAS_',
      'CUBLASLT_',
      'CUDNN_',
      'NVIDIA_',
      'NCCL_',
      'TT_',
      'TF_(CPP|CUDNN|DETERMINISTIC|DISABLE|ENABLE|FORCE|GPU|NUM|USE|XLA)_',
      'KERAS_',
    ],
    ...['MKL_', 'ONEDNN_', 'DNNL_', 'OPENBLAS_', 'NVPL_', 'BLIS_', 'NPY_', 'NUMEXPR_', 'NUMBA_'],
    ...['OMP_', 'KMP_', 'GOMP_', 'MALLOC_', 'HF_', 'TRANSFORMERS_', 'TOKENIZERS_'],
    ...['(LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|GLIBC_TUNABLES|PYTHON(HOME|OPTIMIZE|PATH))$'],
  ].join('|')})`,
)

/**
 * Set for each run by its placement, as those of its devices are, whatever the person's are; and what container images say of
 * themselves, which nothing computes with.
 */
const setByRun =
  /^((OMP|MKL|OPENBLAS|NUMEXPR)_NUM_THREADS|(OMP|MKL)_DYNAMIC|OMP_THREAD_LIMIT|PJRT_NPROC|JAX_ENABLE_X64|CUDA_(VERSION|HOME|PATH)|NVIDIA_(VISIBLE_DEVICES|DRIVER_CAPABILITIES|PRODUCT_NAME|REQUIRE_.*|BUILD_.*))$/

/**
 * The variables of a trainer: what cannot change a number, and what its experiment declares. Whatever else a
 * person has set would shape a result without being in its key.
 *
 * @param declared `variables` of experiment.yaml; those that are set are passed, and are in the key
 * @throws UserError where one of them is a secret: keys are written down and shown
 */
export function trainerVariables(env: NodeJS.ProcessEnv, declared: readonly string[]): TrainerVariables {
  const secrets = declared.filter(isSecretName)
  if (secrets.length > 0) throw refusal(secrets)
  const passed = (name: string) => allowed.has(name) || declared.includes(name)
  const variables: Record<string, string> = {}
  const leftOut: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (passed(name)) variables[name] = value
    else if (
      weighty.test(name) &&
      !setByRun.test(name) &&
      !deviceVariables.includes(name) &&
      !isSecretName(name)
    )
      leftOut.push(name)
  }
  return { variables: { ...everywhere, ...variables, ...always }, leftOut: leftOut.sort() }
}

/**
 * Who runs it, and where in the world: a recipe can read these, as `getpass.getuser()`, a date or a sorting by locale
 * does, so they are the same for everybody whose experiment does not declare them.
 */
const everywhere = { LANG: 'C.UTF-8', LOGNAME: 'blacksmith', TZ: 'UTC', USER: 'blacksmith' }

/** Python sees its environment's packages only, reads text as UTF-8, and leaves no bytecode behind. */
const always = {
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONHASHSEED: '0',
  PYTHONNOUSERSITE: '1',
  PYTHONUTF8: '1',
}

function refusal(secrets: readonly string[]): UserError {
  return new UserError(
    secrets.map((name) => ({
      field: 'variables',
      message: `${name} holds a secret, and the values of declared variables are written into keys`,
      remedy: 'remove it from the list; name what it gives access to by a parameter',
    })),
  )
}
