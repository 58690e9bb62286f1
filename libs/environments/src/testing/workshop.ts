import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { addFiles, makeTree } from '../../../config/src/testing/tree'

/** The interpreter that runs here, whatever a test makes of the PATH. */
export const realPython = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'])
  .toString()
  .trim()

/** A workspace with requirements, a home, and a folder of commands that is the whole PATH. */
export interface Workshop {
  workspaceRoot: string
  home: string
  bin: string
  /** What was printed, line by line. */
  lines: string[]
  onLine: (line: string) => void
  /** Names of the environments that are there, half-made ones too. */
  made: () => string[]
  /** The command lines with which the fake uv was called. */
  uvCalls: () => string[]
}

export function makeWorkshop(requirements: Record<string, string> = { tiny: 'tiny==1.0+cpu\n' }): Workshop {
  const root = makeTree(
    Object.fromEntries(
      Object.entries(requirements).map(([name, text]) => [
        `workspace/libs/python/requirements/${name}.txt`,
        text,
      ]),
    ),
  )
  const bin = join(root, 'bin')
  addFiles(root, { 'bin/.keep': '', 'uv.log': '' })
  const lines: string[] = []
  return {
    workspaceRoot: join(root, 'workspace'),
    home: join(root, 'home'),
    bin,
    lines,
    onLine: (line) => lines.push(line),
    made: () => {
      const envs = readdirSync(join(root), { recursive: true, encoding: 'utf8' })
      return envs.filter((path) => /^home\/envs\/[^/]+$/.test(path) && !path.endsWith('.lock'))
    },
    uvCalls: () => readFileSync(join(root, 'uv.log'), 'utf8').trim().split('\n'),
  }
}

export function addCommand({ bin }: Workshop, name: string, script: string): void {
  addFiles(bin, { [name]: `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n` })
  chmodSync(join(bin, name), 0o755)
}

export function addRealPython({ bin }: Workshop): void {
  symlinkSync(realPython, join(bin, 'python3'))
}

/** A uv that makes environments without pip, and installs by `install`: at its best, one package. */
export function addFakeUv(workshop: Workshop, install = installTiny): void {
  addCommand(
    workshop,
    'uv',
    `echo "$@" >> ${workshop.bin}/../uv.log
case "$1" in
  --version) echo uv 0.9 ;;
  venv) shift 4; exec ${realPython} -m venv --without-pip "$1" ;;
  pip) site=$(echo "\${4%/bin/python}"/lib/python*/site-packages); ${install} ;;
esac`,
  )
}

export const installTiny = 'mkdir "$site/Tiny_Package-1.0+cpu.dist-info"; echo "Installed 1 package in 1ms"'

/** A folder with wheels that hold one module each. */
export function makeWheels(...packages: { name: string; version: string }[]): string {
  const folder = makeTree()
  const script = `
import json, sys, zipfile
folder = sys.argv[1]
for p in json.loads(sys.argv[2]):
    name, version = p["name"], p["version"]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
`
  execFileSync(realPython, ['-c', script, folder, JSON.stringify(packages)])
  return folder
}

/** Runs with these variables; one that is undefined is taken out. */
export async function withVariables<T>(
  variables: Record<string, string | undefined>,
  work: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env }
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  try {
    return await work()
  } finally {
    process.env = before
  }
}
