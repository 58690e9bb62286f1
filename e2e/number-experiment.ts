import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { longestWait } from './longest-wait'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import type { Result, Workspace } from './workspace'

const experiment = 'experiments/plain/tiny'
export const train = ['run', 'plain-tiny:train']

/**
 * An experiment whose model is one number, so that it shows what the training has used. `body` is Python inside of
 * `train(ctx)` that sets `x`.
 */
export function addNumberExperiment(workspace: Workspace, body: string, header = ''): void {
  addTinyExperiment(workspace)
  writeRecipe(workspace, body)
  if (header)
    workspace.edit(`${experiment}/experiment.yaml`, 'devices: [cpu]\n', `devices: [cpu]\n${header}\n`)
  workspace.commit('An experiment of one number')
}

export function writeRecipe(workspace: Workspace, body: string, above = ''): void {
  const indented = body
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
  workspace.write(
    `${experiment}/recipe.py`,
    `import struct
import time
from pathlib import Path

from blacksmith.training.tensorfile import Raw, read_tensors, write_tensors
${above}

def gate(ctx, name):
    """Waits until a test removes the file."""
    path = ctx.work / f"gate-{name}"
    path.touch()
    while path.exists() and not ctx.should_stop:
        time.sleep(0.01)


def train(ctx):
${indented}
    ctx.log({"x": x}, 1)
    value = memoryview(struct.pack("<d", x))
    write_tensors(ctx.output / "model.safetensors", {"x": Raw("F64", (), value)})


def evaluate(ctx):
    return {"total": struct.unpack("<d", bytes(read_tensors(ctx.model)["x"].data))[0]}
`,
  )
}

/** Runs the training to its end, which has to be a good one. */
export function trained(workspace: Workspace, args: string[] = [], env: NodeJS.ProcessEnv = {}): Result {
  const result = workspace.nx([...train, ...args], { ...plainPython, ...env })
  expect(result.status === 0 ? 'ok' : result.output).toBe('ok')
  return result
}

/** The number in the model that stands in a run's folder of dist/. */
export function number(workspace: Workspace, folder = 'dist/plain-tiny/default'): number {
  const model = readFileSync(workspace.path(folder, 'train/model.safetensors'))
  return model.readDoubleLE(model.length - 8)
}

/** Waits until a training holds at a gate; `open` lets it go on. */
export async function atGate(workspace: Workspace, name: string): Promise<{ open: () => void }> {
  const work = join(workspace.home, 'work')
  const end = Date.now() + longestWait
  while (Date.now() < end) {
    const gates = listed(work).map((run) => join(work, run, `gate-${name}`))
    const found = gates.find((path) => existsSync(path))
    // A run that is asked to stop passes it by itself, and may be gone with its folder.
    if (found) return { open: () => rmSync(found, { force: true }) }
    await pause(20)
  }
  throw new Error(`no training has come to the gate ${name}`)
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
