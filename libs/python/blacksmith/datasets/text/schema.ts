import { role, z } from '@blacksmith/config'

const share = z.number().gt(0).lt(0.5).default(0.1)

/** Running text in tokens, and how well counting foretells it. */
export const text = z.object({
  variant: z
    .enum(['python-reference'])
    .default('python-reference')
    .describe("The language reference that Python carries along, in the version of this data's environment"),
  path: role('location', z.string().min(1).nullable())
    .default(null)
    .describe('A text file of your own, UTF-8'),
  tokens: z
    .enum(['characters', 'bpe'])
    .default('characters')
    .describe(
      'What is foretold: characters, or pieces of words (byte-level BPE made from the training part)',
    ),
  vocabulary: z
    .int()
    .min(257)
    .max(65_536)
    .default(512)
    .describe('Most tokens of BPE; characters are as many as the text has'),
  validation: share.describe('Share of the text kept for validation: what stands before the test'),
  test: share.describe('Share of the text kept for the test: its end'),
  ngram: z
    .int()
    .min(1)
    .max(12)
    .default(8)
    .describe('Longest n-gram of the baseline; the best length up to that is chosen on validation'),
})
