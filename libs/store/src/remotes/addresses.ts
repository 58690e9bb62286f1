import { UserError } from '@blacksmith/config/header'

/**
 * The address of a part of a bucket, without a slash at its end.
 *
 * @throws UserError
 */
export function bucketAddress(address: string): string {
  const [, bucket = '', folder = ''] = /^s3:\/\/([^/?#]*)\/*([^?#]*)$/i.exec(address) ?? []
  if (/^[a-z0-9][\w.-]{1,61}[a-z0-9]$/i.test(bucket) && !folder.includes('//'))
    return `s3://${bucket}/${folder}`.replace(/\/+$/, '')
  throw refused(
    address,
    'names no bucket',
    'write s3://<bucket>/<prefix>; the variable AWS_ENDPOINT_URL names another server than Amazon’s',
  )
}

/** Likewise of a folder on a server. */
export function serverAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || `${url.search}${url.hash}` !== '')
    throw refused(address, 'is no address of a folder on a server', 'write https://<server>/<folder>')
  if (url.username !== '' || url.password !== '')
    throw refused(
      `${url.protocol}//…@${url.host}`,
      'holds a password, which would stand in logs',
      'set BLACKSMITH_REMOTE_TOKEN, or write it into ~/.netrc',
    )
  if (url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw refused(
      address,
      'would be asked in the clear, where others can read and change it',
      'write https://',
    )
  return url.href.replace(/\/+$/, '')
}

function refused(address: string, message: string, remedy: string): UserError {
  return new UserError({ field: 'BLACKSMITH_REMOTE', message: `${address} ${message}`, remedy })
}
