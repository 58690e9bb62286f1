import { redactJson, redactor } from './secrets'

test.each([
  ['HF_TOKEN', 'hf_0123456789'],
  ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7'],
  ['WANDB_API_KEY', '0123456789abcdef'],
  ['npm_config__authToken', 'npm_0123456789'],
])('%s is blanked', (name, value) => {
  expect(redactor({ [name]: value })(`a ${value} b ${value}`)).toBe(`a <${name}> b <${name}>`)
})

test('what is no secret stays', () => {
  const env = {
    TOKENIZERS_PARALLELISM: 'falsefalse',
    PATH: '/usr/bin:/bin',
    HF_TOKEN: 'short',
    EMPTY_TOKEN: '',
  }
  expect(redactor(env)('falsefalse /usr/bin:/bin short')).toBe('falsefalse /usr/bin:/bin short')
})

test('a key of several lines is blanked line by line', () => {
  const key = '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n-----END KEY-----\n'
  expect(redactor({ DEPLOY_PRIVATE_KEY: key })('> MIIEpAIBAAKCAQEA')).toBe('> <DEPLOY_PRIVATE_KEY>')
})

test('a password in a URL is blanked, a short one only there', () => {
  const redact = redactor({
    HTTPS_PROXY: 'http://me:start@host:3128',
    INDEX: 'https://u:longpassword@host/simple',
  })
  expect(redact('start http://me:start@host longpassword')).toBe('start http://me:<HTTPS_PROXY>@host <INDEX>')
})

test('of two secrets, one within the other, nothing is left', () => {
  const redact = redactor({ A_TOKEN: '12345678', B_TOKEN: '12345678abcdefgh' })
  expect(redact('12345678abcdefgh 12345678')).toBe('<B_TOKEN> <A_TOKEN>')
})

test('secrets are blanked in every text of a value, and nothing else of it is touched', () => {
  const redact = redactor({ A_TOKEN: '"quoted" secret' })
  const value = { text: 'x "quoted" secret', list: ['"quoted" secret', 1, null], deep: { on: true } }
  expect(redactJson(value, redact)).toEqual({
    text: 'x <A_TOKEN>',
    list: ['<A_TOKEN>', 1, null],
    deep: { on: true },
  })
})
