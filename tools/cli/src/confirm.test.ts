import { PassThrough } from 'node:stream'
import { confirm } from './confirm'

function terminal(isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = Object.assign(new PassThrough(), { isTTY })
  return { input, output }
}

describe('a question on a terminal', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
    ['\u0003', false],
  ])('is answered by %j with %s', async (answer, goesOn) => {
    const { input, output } = terminal()
    const asked = confirm('Remove 2 runs?', { input, output })
    input.write(answer)
    expect(await asked).toBe(goesOn)
    expect(String(output.read())).toContain('Remove 2 runs? [y/N] ')
  })

  it('is a no when the input ends without an answer', async () => {
    const { input, output } = terminal()
    const asked = confirm('Remove 2 runs?', { input, output })
    input.end()
    expect(await asked).toBe(false)
  })

  it('is not asked where nobody sits', async () => {
    await expect(confirm('Remove 2 runs?', terminal(false))).rejects.toMatchObject({
      problems: [
        {
          message: 'Remove 2 runs? There is no terminal to ask on',
          remedy: 'add --yes to go on without being asked',
        },
      ],
    })
  })
})
