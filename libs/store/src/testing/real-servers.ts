import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A server that a test has started. */
export interface RealServer {
  address: string
  /** What is in the environment of somebody who may write to it, or only read. */
  variables(who: 'writer' | 'reader'): Record<string, string>
  stop(): Promise<void>
}

/** Why a server cannot be started here; undefined where it can. */
export function whyNoServer(name: 'nginx' | 'Swift'): string | undefined {
  const { status } =
    name === 'nginx'
      ? spawnSync('nginx', ['-v'])
      : spawnSync('/usr/bin/python3', ['-c', 'import eventlet, swift.common.middleware.s3api'])
  return status === 0 ? undefined : `${name} is not installed: see e2e/install-servers.sh`
}

/** nginx with WebDAV: a folder that is read and written over HTTP, by who has a token. */
export async function startNginx(folder: string): Promise<RealServer> {
  const port = await freePort()
  mkdirSync(join(folder, 'files'))
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const config = `
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/errors;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events {}
    http {
      access_log off; client_max_body_size 0;
      ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
      map "$http_authorization $request_method" $refused {
        default 401;
        "~^Bearer writer " 0;
        "~^Bearer reader (GET|HEAD)$" 0;
        "~^Bearer reader " 403;
      }
      server {
        listen 127.0.0.1:${port};
        location /cache/ {
          if ($refused = 401) { return 401; }
          if ($refused = 403) { return 403; }
          alias ${folder}/files/;
          dav_methods PUT DELETE; create_full_put_path on;
        }
      }
    }`
  writeFileSync(join(folder, 'nginx.conf'), config)
  const stop = started(
    spawn('nginx', ['-e', 'stderr', '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' }),
  )
  while (!(await listens(port))) await delay(20)
  const variables = (who: string) => ({ BLACKSMITH_REMOTE_TOKEN: who })
  return { address: `http://127.0.0.1:${port}/cache`, variables, stop }
}

/** OpenStack's Swift, which speaks as S3 does; the bucket is to be made. */
export async function startSwift(folder: string): Promise<RealServer & { origin: string }> {
  const child = spawn('/usr/bin/python3', [join(__dirname, 'swift_server.py'), folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const stop = started(child)
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()))
    child.once('exit', () => reject(new Error(`Swift does not start: see ${folder}/log`)))
  })
  const origin = `http://127.0.0.1:${port}`
  const variables = (who: string) => ({
    AWS_ACCESS_KEY_ID: `test:${who}`,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: origin,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  })
  return { address: 's3://cache/below', origin, variables, stop }
}

function started(child: ChildProcess): () => Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return async () => {
    child.kill('SIGKILL')
    await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
