import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Workers in every shape: in a session of its own, unresponsive, forked; the first closes the lease's descriptors. */
const recipe = `import os
import subprocess
import time


def train(ctx):
    subprocess.Popen(["sleep", "60"], start_new_session=True)
    subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 60; sleep 60"], close_fds=False)
    if os.fork() == 0:
        time.sleep(60)
    for step in range(100_000):
        time.sleep(0.02)
        ctx.progress(step + 1, 100_000)
        ctx.checkpoint_when_due(step + 1, lambda: {"step": step + 1})
`

/** A command that trains for ever with nothing but blacksmith.training; its files are in `folder`. */
export function trainerWithWorkers(folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const path = (name: string) => join(folder, name)
  const request = {
    version: 1,
    target: 'train',
    entry: { file: path('recipe.py') },
    function: 'train',
    config: {},
    inputs: {},
    sources: {},
    output: path('output'),
    records: path('records'),
    work: path('work'),
    device: { kind: 'tt', count: 1, threads: 1, ids: [] },
    seed: 0,
    resume: null,
  }
  writeFileSync(path('recipe.py'), recipe)
  writeFileSync(path('request.json'), JSON.stringify(request))
  const python = resolve(__dirname, '../../../python')
  const quiet = 'exec python3 -m blacksmith.training "$0" >/dev/null 2>&1'
  return ['env', `PYTHONPATH=${python}`, 'sh', '-c', quiet, path('request.json')]
}
