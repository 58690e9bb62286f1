import { csvText } from './csv'

test('a cell is quoted where its text would be taken for something else, and is never a formula', () => {
  const rows = [
    ['run', 'note'],
    [1.5, 'a, "b"\nc'],
    [-1, '=HYPERLINK("x")'],
    ['-1e-3', '-x'],
  ]
  expect(csvText(rows)).toBe(`run,note\n1.5,"a, ""b""\nc"\n-1,"'=HYPERLINK(""x"")"\n-1e-3,'-x\n`)
})
