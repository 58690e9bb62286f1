import { lineRedactor } from './redact-lines'

const token = 'q7Xz2LmP9vKd4RtB8nWs'
const form = 'hf_q7Xz2LmP9vKd4RtB8nWsq7Xz2LmP9vKd4RtB'

/** What is printed of lines, those after the last of them included. */
function redacted(lines: string[], env: NodeJS.ProcessEnv = { MY_TOKEN: token }): string[] {
  const clean: string[] = []
  const redactor = lineRedactor(env, (line) => clean.push(line))
  for (const line of lines) redactor.line(line)
  redactor.end()
  return clean
}

describe('a secret that is broken over lines is blanked in each of them', () => {
  test.each([
    [
      'plainly',
      [`see ${token.slice(0, 9)}`, `${token.slice(9)} there`],
      ['see <MY_TOKEN>', '<MY_TOKEN> there'],
    ],
    [
      'after the first letters, which are printed',
      [`see ${token.slice(0, 2)}`, `${token.slice(2)}.`],
      ['see q7', '<MY_TOKEN>.'],
    ],
    [
      'between borders',
      [`│ ${token.slice(0, 7)} │`, `│ ${token.slice(7)}   │`],
      ['│ <MY_TOKEN> │', '│ <MY_TOKEN>   │'],
    ],
    [
      'between quotes',
      [`('${token.slice(0, 7)}'`, ` '${token.slice(7)}')`],
      ["('<MY_TOKEN>'", " '<MY_TOKEN>')"],
    ],
    [
      'into many',
      [token.slice(0, 5), token.slice(5, 10), '', token.slice(10, 15), `${token.slice(15)} x`],
      ['<MY_TOKEN>', '<MY_TOKEN>', '', '<MY_TOKEN>', '<MY_TOKEN> x'],
    ],
    [
      'in Base64, which is always broken there',
      Buffer.from(`somebody-of-the-team-with-a-name:${token}`)
        .toString('base64')
        .match(/.{1,50}/g) ?? [],
      [expect.stringMatching(/<MY_TOKEN>$/), expect.stringMatching(/^<MY_TOKEN>.?=?=?$/)],
    ],
    ['where the last line never comes', ['x', `see ${token.slice(0, 9)}`], ['x', 'see <MY_TOKEN>']],
  ])('%s', (_, lines, expected) => {
    expect(redacted(lines)).toEqual(expected)
  })

  test('also one that only its form shows', () => {
    expect(redacted([`see ${form.slice(0, 20)}`, `${form.slice(20)} x`], {})).toEqual([
      'see <token>',
      '<token> x',
    ])
  })
})

test.each([
  ['words that a password begins with', ['ready for training', 'step 1'], { A_PASSWORD: 'training-99-b' }],
  ['names that begin as tokens do', ['with sk-learn', 'and ResNet50-pretrained-imagenet1k'], {}],
  ['a name alone on its line', ['pypi-2024', 'hf_Model7', 'done'], {}],
])('%s stay', (_, lines, env) => {
  expect(redacted(lines, env)).toEqual(lines)
})

test('a line is printed at once, unless it ends with the beginning of a secret', () => {
  const clean: string[] = []
  const redactor = lineRedactor({ MY_TOKEN: token }, (line) => clean.push(line))
  redactor.line('epoch 1, q')
  expect(clean).toEqual(['epoch 1, q'])
  redactor.line(token.slice(0, 6))
  expect(clean).toHaveLength(1)
  redactor.line('something else')
  expect(clean).toEqual(['epoch 1, q', token.slice(0, 6), 'something else'])
})
