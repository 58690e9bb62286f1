import { wordsFor } from './enclose'

test.each([
  [7, 'closed', 'landlock abi 7'],
  [5, 'open', 'landlock abi 5, abstract sockets and signals open'],
  [3, 'closed', 'landlock abi 3, the network by audit hook only, abstract sockets and signals open'],
] as const)(
  'the records of a run in a box of abi %d with network %s say what that leaves open',
  (abi, network, words) => {
    expect(wordsFor({ abi, reason: '' }, network)).toBe(words)
  },
)

test('the records of a run say why nothing but the audit hook held it', () => {
  const reason = 'the kernel has no Landlock'
  expect(wordsFor({ abi: 0, reason }, 'closed')).toBe(`audit hook only: ${reason}`)
})
