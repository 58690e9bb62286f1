import { parseOptions } from './options'

test('flags are read by their names, and the configuration by its letter too', () => {
  expect(parseOptions(['--list', '-c', 'full', '--threads=2', '--base', ''])).toEqual({
    ...{ list: true, all: false, configuration: 'full', threads: '2', base: '' },
    out: 'reports/affected',
  })
})

test('a flag that there is not is refused, with where they are listed', () => {
  expect(() => parseOptions(['--lists'])).toThrow(/--lists.*docs\/ci\.md/s)
})

test.each(['out', 'configuration', 'device', 'threads', 'base-results'])(
  'an empty --%s is refused: a script has not set its variable',
  (name) => expect(() => parseOptions([`--${name}=`])).toThrow(new RegExp(`--${name} {2}is empty`)),
)
