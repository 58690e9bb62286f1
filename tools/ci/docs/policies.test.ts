import { blocks } from './pages'

/** As a server of S3 reads it; of what is not named nothing is allowed. */
interface Policy {
  Statement: { Effect: 'Allow'; Action: string[]; Resource: string }[]
}

const policyOf = (name: string): Policy => {
  const found = blocks('docs/trusted-cache.md').find(({ marks }) => marks.policy === name)
  return JSON.parse(found?.text ?? '') as Policy
}

const allows = (policy: Policy, action: string, path: string) =>
  policy.Statement.some(({ Action, Resource }) => {
    const covers = Resource.endsWith('*') ? path.startsWith(Resource.slice(0, -1)) : path === Resource
    return covers && Action.includes(`s3:${action}`)
  })

const record = (scope: string) => `arn:aws:s3:::our-models/blacksmith/${scope}/records/x.json`
const kinds = ['trusted', 'requests', 'readers']

test('each kind of people writes where the guide says, and reads what is trusted', () => {
  const writers = (scope: string, action: string) =>
    kinds.filter((kind) => allows(policyOf(kind), action, record(scope)))
  for (const action of ['PutObject', 'DeleteObject', 'AbortMultipartUpload']) {
    expect(writers('trusted', action)).toEqual(['trusted'])
    expect(writers('pr-7', action)).toEqual(['requests'])
  }
  for (const kind of kinds) {
    expect(allows(policyOf(kind), 'GetObject', record('trusted'))).toBe(true)
    expect(allows(policyOf(kind), 'ListBucket', 'arn:aws:s3:::our-models')).toBe(true)
  }
})

test('what is JSON in the guide can be pasted', () => {
  const texts = blocks('docs/trusted-cache.md').filter(({ language }) => language === 'json')
  expect(texts.map(({ text }) => typeof JSON.parse(text))).toEqual(texts.map(() => 'object'))
})
