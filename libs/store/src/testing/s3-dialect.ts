import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Asked, ObjectServer } from './object-server'

/** Uploads in parts that are not ended, by their ids. */
export type Uploads = Map<string, Upload>

interface Upload {
  name: string
  begun: Date
  parts: Map<number, Buffer>
}

/** Whether it is asked of a bucket or of an upload, and not of an object. */
export function isS3Question({ name, query }: Asked): boolean {
  return name === '' || ['uploads', 'uploadId', 'list-type'].some((word) => query.has(word))
}

/** The parts of S3 that a store is shared with: lists, and uploads in parts. */
export function answerS3(server: ObjectServer, asked: Asked, response: ServerResponse): void {
  const { method, name, query } = asked
  const id = query.get('uploadId')
  const upload = server.uploads.get(id ?? '')
  if (query.has('uploads')) (method === 'POST' ? begin : listUploads)(server, asked, response)
  else if (id === null) listObjects(server, asked, response)
  else if (upload?.name !== name) server.refuse(response, 404, 'NoSuchUpload')
  else answerOfUpload(server, { id, upload }, asked, response)
}

function answerOfUpload(
  server: ObjectServer,
  { id, upload }: { id: string; upload: Upload },
  { method, name, query, body }: Asked,
  response: ServerResponse,
): void {
  if (method === 'PUT') {
    upload.parts.set(Number(query.get('partNumber')), body)
    response.writeHead(200, { etag: etagOf(body) }).end()
  } else if (method === 'GET') {
    const parts = [...upload.parts].sort(([a], [b]) => a - b)
    xml(
      response,
      'ListPartsResult',
      parts.map(
        ([number, body]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>${etagOf(body)}</ETag><Size>${body.length}</Size></Part>`,
      ),
    )
  } else if (method === 'POST') {
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)]
    const parts = named.map(([, number]) => upload.parts.get(Number(number)))
    const tooSmall = parts.slice(0, -1).some((part) => (part?.length ?? 0) < 5 << 20)
    if (tooSmall || parts.includes(undefined)) server.refuse(response, 400, 'InvalidPart')
    else {
      server.objects.set(name, { body: Buffer.concat(parts as Buffer[]), written: new Date() })
      server.uploads.delete(id)
      xml(response, 'CompleteMultipartUploadResult', ['<ETag>"whole"</ETag>'])
    }
  } else {
    server.uploads.delete(id)
    response.writeHead(204).end()
  }
}

function begin(server: ObjectServer, { name }: Asked, response: ServerResponse): void {
  const id = `upload-${server.asked.length}`
  server.uploads.set(id, { name, begun: new Date(), parts: new Map() })
  xml(response, 'InitiateMultipartUploadResult', [`<UploadId>${id}</UploadId>`])
}

function listUploads(server: ObjectServer, { query }: Asked, response: ServerResponse): void {
  const found = [...server.uploads].filter(([, { name }]) => name.startsWith(query.get('prefix') ?? ''))
  xml(
    response,
    'ListMultipartUploadsResult',
    found.map(
      ([id, { name, begun }]) =>
        `<Upload><Key>${name}</Key><UploadId>${id}</UploadId><Initiated>${begun.toISOString()}</Initiated></Upload>`,
    ),
  )
}

const pageLength = 100

function listObjects(server: ObjectServer, { query }: Asked, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? ''
  const after = query.get('start-after') ?? ''
  const names = [...server.objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort()
  const page = names.slice(0, pageLength).map((name) => {
    const { body, written } = server.objects.get(name) ?? { body: '', written: new Date() }
    return `<Contents><Key>${name}</Key><Size>${body.length}</Size><LastModified>${written.toISOString()}</LastModified></Contents>`
  })
  const truncated = `<IsTruncated>${names.length > pageLength}</IsTruncated>`
  xml(response, 'ListBucketResult', [truncated, ...page])
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

function xml(response: ServerResponse, root: string, inside: readonly string[]): void {
  const text = `<?xml version="1.0"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside.join('')}</${root}>`
  response.writeHead(200, { 'content-type': 'application/xml' }).end(text)
}

export function xmlError(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
}
