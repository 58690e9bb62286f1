test('headers are read without loading zod', () => {
  jest.isolateModules(() => {
    jest.doMock('zod', () => {
      throw new Error('zod was loaded')
    })
    const { readHeader } = require('./header')
    expect(() => readHeader('/', 'nowhere/experiment.yaml')).toThrow('does not stand where experiments do')
    expect(() => require('./src/index')).toThrow('zod was loaded')
  })
})
