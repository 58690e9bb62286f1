import { formatBytes } from './format-bytes'

test.each([
  [1, '1 byte'],
  [999, '999 bytes'],
  [1500, '1.5 kB'],
  [999_950, '1.0 MB'],
  [4.2e12, '4.2 TB'],
  [Number.NaN, 'unknown'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
