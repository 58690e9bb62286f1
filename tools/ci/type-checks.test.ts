import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { toolsPython } from './python'
import { typeChecks } from './type-checks'

const repository = resolve(__dirname, '../..')
const root = mkdtempSync(join(tmpdir(), 'blacksmith-types-'))
afterAll(() => rmSync(root, { recursive: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** An experiment whose recipe ends with some lines of `train`. */
function experiment(name: string, ...lines: string[]): string {
  const directory = `experiments/plain/${name}`
  write(`${directory}/experiment.yaml`, 'description: One\n')
  write(
    `${directory}/config.ts`,
    `import { defineExperiment, z } from '@blacksmith/config'
const training = z.object({
  epochs: z.int().default(3).describe('Passes'),
  rate: z.number().nullable().default(null),
  schedule: z.enum(['flat', 'falling']).default('flat'),
  sizes: z.object({ layers: z.array(z.int()).default([4]) }).prefault({}),
  lambda: z.number().default(1),
})
export default defineExperiment({ dataset: z.object({}), model: z.object({}), training, evaluation: z.object({}) })
`,
  )
  write(
    `${directory}/recipe.py`,
    `from __future__ import annotations

from typing import TYPE_CHECKING

from blacksmith.training import Context

if TYPE_CHECKING:
    from parameters import EvaluateParameters, TrainParameters


def train(ctx: Context[TrainParameters]) -> None:
    settings = ctx.config.training
${lines.map((line) => `    ${line}\n`).join('')}

def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    return dict(ctx.config.evaluation)
`,
  )
  return directory
}

test('mypy knows each experiment’s own parameters, and refuses a recipe that reads others', async () => {
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  mkdirSync(join(root, 'libs'))
  symlinkSync(join(repository, 'libs/python'), join(root, 'libs/python'))
  write('nx.json', '{}')
  const lines = ['steps: int = settings.epochs * settings.sizes.layers[0]', 'steps += settings["lambda"]']
  experiment('good-one', ...lines)
  experiment(
    'wrong',
    'settings.epoch',
    'half: float = settings.rate / 2',
    'settings.schedule == "fallin"',
    'settings.sizes.layer',
    'ctx.config.evaluation',
  )
  const command = join(repository, 'node_modules/.bin/blacksmith')
  execFileSync(command, ['schemas'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })

  const python = await toolsPython(repository)
  const checks = typeChecks(root, ['libs/python/blacksmith/training', 'experiments/plain'])
  expect(checks.map(({ paths }) => paths)).toEqual([
    ['libs/python/blacksmith/training'],
    ['experiments/plain/good-one'],
    ['experiments/plain/wrong'],
  ])
  const [good, wrong] = checks.slice(1).map((check) => {
    // What the tools' environment lacks of the rest is no matter here.
    const args = [...check.arguments, '--follow-imports=silent']
    return spawnSync(python, args, { cwd: root, env: { ...process.env, ...check.env }, encoding: 'utf8' })
      .stdout
  })
  expect(good).toContain('Success: no issues found')
  expect(wrong).toContain('"Training" has no attribute "epoch"; maybe "epochs"?')
  expect(wrong).toContain('Unsupported operand types for / ("None" and "int")')
  expect(wrong).toContain('Non-overlapping equality check')
  expect(wrong).toContain('"TrainingSizes" has no attribute "layer"; maybe "layers"?')
  expect(wrong).toContain('"TrainParameters" has no attribute "evaluation"')
  expect(wrong).toContain('Found 5 errors')
})
