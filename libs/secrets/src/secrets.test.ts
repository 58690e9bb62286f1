import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redactJson, redactor } from './secrets'

const seen = (env: NodeJS.ProcessEnv, text: string) => redactor(env)(text)

describe('the value of a variable is blanked', () => {
  test.each([
    ['HF_TOKEN', 'hf_0123456789'],
    ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7'],
    ['AWS_SECRET_ACCESS_KEY', '/alrXUtnFEMI/K7a+'],
    ['WANDB_API_KEY', '0123456789abcdef'],
    ['BLACKSMITH_SIGNING_KEY', '0123456789abcdef'],
    ['KAGGLE_KEY', '0123456789abcdef'],
    ['SENTRY_KEY', '0123456789abcdef'],
    ['DB_PASS', 'correct horse battery'],
    ['MYSQL_PWD', 'correct-horse'],
    ['GITLAB_PAT', 'glpat_of_sorts'],
    ['npm_config__authToken', 'npm_0123456789'],
    ['CLUSTER', 'q7Xz2LmP9vKd4RtB8nWs'],
  ])('%s', (name, value) => {
    expect(seen({ [name]: value }, `a ${value} b ${value}`)).toBe(`a <${name}> b <${name}>`)
  })

  test.each([
    ['as it is', '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n-----END KEY-----\n'],
    ['with Windows line ends', '-----BEGIN KEY-----\r\nMIIEpAIBAAKCAQEA\r\n-----END KEY-----\r\n'],
    ['with its line ends spelt out', '-----BEGIN KEY-----\\nMIIEpAIBAAKCAQEA\\n-----END KEY-----\\n'],
  ])('line by line where it has several, %s', (_, key) => {
    expect(seen({ DEPLOY_PRIVATE_KEY: key }, '> MIIEpAIBAAKCAQEA')).toBe('> <DEPLOY_PRIVATE_KEY>')
  })

  test('wholly, where one is within the other', () => {
    const env = { A_TOKEN: '1234567a', B_TOKEN: '1234567abcdefgh' }
    expect(seen(env, '1234567abcdefgh 1234567a')).toBe('<B_TOKEN> <A_TOKEN>')
  })

  test('as far as it stands there, where its line was cut', () => {
    expect(seen({ HF_TOKEN: 'hf_0123456789' }, 'x hf_01234 … (cut)')).toBe('x <HF_TOKEN> … (cut)')
    expect(seen({ HF_TOKEN: 'hf_0123456789' }, 'x hf_01234')).toBe('x hf_01234')
  })
})

describe('the value of a variable is blanked in whatever spelling', () => {
  const secret = `q7Xz/2LmP+9v"K'd4\\RtBä8`
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  test.each([
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL with small digits', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['in JSON', JSON.stringify(secret)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ a: secret }))],
    ['in the JSON of Python', JSON.stringify(secret).replace('ä', '\\u00e4')],
    ['in the JSON of PHP', JSON.stringify(secret).replace('/', '\\/')],
    ['in a repr of Python', `'${secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`],
    ['in Base64', base64(secret)],
    ['in Base64 after a name', base64(`me:${secret}`)],
    ['in Base64 after a longer name', base64(`some:${secret}`)],
    ['in the Base64 of URLs', Buffer.from(`x${secret}`).toString('base64url')],
  ])('%s', (_, written) => {
    const clean = seen({ MY_TOKEN: secret }, `a ${written} b`)
    expect(clean).toMatch(/^a .{0,16}<MY_TOKEN>.{0,16} b$/)
    expect(clean).not.toMatch(/LmP|RtB/)
  })

  test('the login of a proxy in a header of a request', () => {
    const env = { HTTPS_PROXY: 'http://me:start@host:3128' }
    expect(seen(env, `{'proxy': '${base64('me:start')}'}`)).toBe("{'proxy': '<HTTPS_PROXY>'}")
  })

  test('over the ends of lines, whose number stays', () => {
    const env = { MY_TOKEN: 'q7Xz2LmP9vKd4RtB8nWs' }
    expect(seen(env, 'Error:\n  q7Xz2LmP\n  9vKd4RtB8nWs (wrapped)\nq7Xz2')).toBe(
      'Error:\n  <MY_TOKEN>\n  <MY_TOKEN> (wrapped)\nq7Xz2',
    )
    expect(seen({ DB_PASSWORD: 'correct horse battery' }, 'correct\nhorse battery')).toBe(
      '<DB_PASSWORD>\n<DB_PASSWORD>',
    )
  })
})

describe('what is no secret stays', () => {
  test.each([
    ['a short value', { HF_TOKEN: 'short' }],
    ['nothing', { EMPTY_TOKEN: '' }],
    ['a switch', { USE_TOKEN: '1', SECRET_MODE: 'true', TOKEN_CHECK: 'disabled' }],
    ['a number', { SECRET_SEED: '1234567890', TOKEN_RATE: '0.00012345', KEY: '-1234567890' }],
    ['a path', { GOOGLE_APPLICATION_CREDENTIALS: join(tmpdir(), 'key.json'), HF_TOKEN_PATH: '~/.hf/token' }],
    ['a relative path', { PRIVATE_KEY: './keys/mine.pem', PASSWORD_STORE: '../passwords' }],
    ['a count of tokens', { MAX_TOKENS: 'unlimited', TOKENIZERS_PARALLELISM: 'falsefalse' }],
    ['a mark of a tokenizer', { PAD_TOKEN: '<|endoftext|>' }],
    ['the search path', { PATH: '/usr/bin:/bin', PWD: '/home/somebody' }],
    ['a name', { MODEL: 'Qwen2-VL-7B-Instruct', RUN: 'lightning_mnist_2024_11_30_a' }],
    ['a name of short parts', { MODEL: 'DeepSeek-R1-0528-Qwen3-8B', VISION: 'ViT-L-14-336px-OpenAI' }],
    ['a digest', { REVISION: 'c3ab8ff13720e8ad9047dd39466b3c8974e592c2' }],
    ['words', { SORT_KEY: 'created_at' }],
  ])('%s', (_, env) => {
    const text = Object.values(env).join(' ')
    expect(seen(env, text)).toBe(text)
  })

  test.each([
    'tokens_per_second=1234567890123456',
    'eos_token: "<|endoftext|>", pad_token_id=128009',
    'token = tokenizer.encode(text, add_special_tokens=False)',
    'password = os.environ["DATABASE_PASSWORD_OF_MINE"]',
    'commit c3ab8ff13720e8ad9047dd39466b3c8974e592c2, sk-learn and task-based-learning-at-scale-2',
    'Helsinki-NLP/opus-mt-sk-en-finetuned-2024-05-01',
    'GET https://example.org:443/a@b and git@example.org:team/repository.git',
  ])('%s', (text) => {
    expect(seen({}, text)).toBe(text)
  })
})

describe('a password in a URL is blanked', () => {
  test('a short one only there', () => {
    const env = { HTTPS_PROXY: 'http://me:start@host:3128', INDEX: 'https://u:longpassword@host/simple' }
    expect(seen(env, 'start http://me:start@host longpassword')).toBe(
      'start http://me:<HTTPS_PROXY>@host <INDEX>',
    )
  })

  test('of each of several, as written and as meant', () => {
    const env = { INDEXES: 'https://a:first%40pass@one/ https://b:second-pass@two/' }
    expect(seen(env, 'first%40pass first@pass second-pass')).toBe('<INDEXES> <INDEXES> <INDEXES>')
  })

  test('also where no variable holds it', () => {
    expect(seen({}, 'index https://me:p@ss@host/simple, x@y')).toBe(
      'index https://me:<password>@host/simple, x@y',
    )
    expect(seen({}, 'https://q7Xz2LmP9vKd4RtB8nWs@host/')).toBe('https://<token>@host/')
  })
})

describe('a token of a well-known form is blanked wherever it stands', () => {
  const body = 'q7Xz2LmP9vKd4RtB8nWsq7Xz2LmP9vKd4RtB'
  test.each([
    [`x=hf_${body}`, 'x=<token>'],
    [`x ghp_${body}.`, 'x <token>.'],
    [`glpat-${body}`, '<token>'],
    [`sk-proj-${body}`, '<token>'],
    ['sk-0123456789abcdef0123456789abcdef', '<token>'],
    ['AKIAIOSFODNN7EXAMPLE', '<token>'],
    [`Bearer eyJ${body}.eyJ${body}.${body}`, 'Bearer <token>'],
    [`+DB_PASSWORD=${body}`, '+DB_PASSWORD=<DB_PASSWORD>'],
    [`  "api_token": "${body}",`, '  "api_token": "<api_token>",'],
    [`headers={'Authorization': 'Basic bWU6c3RhcnQ='}`, `headers={'Authorization': 'Basic <token>'}`],
    [`"{\\"api_token\\": \\"${body}\\"}"`, `"{\\"api_token\\": \\"<api_token>\\"}"`],
    [`next=%2Fx%3Ftoken%3D${body}`, 'next=%2Fx%3Ftoken%3D<token>'],
    [`https://host/?sig=1&token=${body}&x=1`, 'https://host/?sig=1&token=<token>&x=1'],
    [
      '+-----BEGIN RSA PRIVATE KEY-----\n+MII\n abc\n+-----END RSA PRIVATE KEY-----\nrest',
      '+-----BEGIN RSA PRIVATE KEY-----\n+<private key>\n <private key>\n+-----END RSA PRIVATE KEY-----\nrest',
    ],
  ])('%s', (text, expected) => {
    expect(seen({}, text)).toBe(expected)
  })

  test('in a line of a million letters as well, without delay', () => {
    const line = `${'a-'.repeat(500_000)} hf_${body}`
    expect(seen({}, line)).toBe(`${'a-'.repeat(500_000)} <token>`)
  })
})

test('secrets are blanked in every text of a value, and nothing else of it is touched', () => {
  const redact = redactor({ A_TOKEN: '"quoted" secret' })
  const value = {
    text: 'x "quoted" secret',
    list: ['"quoted" secret', 1, null],
    deep: { '"quoted" secret': true },
  }
  expect(redactJson(value, redact)).toEqual({
    text: 'x <A_TOKEN>',
    list: ['<A_TOKEN>', 1, null],
    deep: { '<A_TOKEN>': true },
  })
})
