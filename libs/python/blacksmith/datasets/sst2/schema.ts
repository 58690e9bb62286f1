import { role, z } from '@blacksmith/config'
import { causalLmSizes, checkHeads } from '../../models/torch/causal_lm/schema'

const count = (sentences: number) => z.int().min(12).max(1_000_000).default(sentences)
const share = z.number().gt(0).lt(0.5).default(0.1)

/** Sentences with a label each, as a prompt that a language model answers. */
export const sst2 = z.object({
  variant: z
    .enum(['sentiment-grammar', 'sst2'])
    .default('sentiment-grammar')
    .describe("Sentences of our own grammar, made by prepare-data, or GLUE's SST-2"),
  path: role('location', z.string().min(1).nullable())
    .default(null)
    .describe(
      'A .tsv or .jsonl of your own with label and text, or a folder with train, test (and validation)',
    ),
  sentences: z
    .object({ train: count(4000), validation: count(400), test: count(1000) })
    .prefault({})
    .describe("How many of the grammar's sentences are made"),
  validation: share.describe('Share of the training sentences kept for validation (sst2 and path)'),
  test: share.describe('Share of the sentences kept for the test where path is a single file'),
  prompt: z
    .string()
    .regex(/^[^{}]*\{text\}[^{}]*$/, 'does not hold {text} exactly once')
    .default('Review: {text}\nSentiment:')
    .describe('What the model is asked; a space and the label are the answer'),
  chat: z
    .boolean()
    .default(false)
    .describe("Put the prompt into the model's chat template; the label is what the assistant answers"),
  bos: z
    .boolean()
    .default(true)
    .describe(
      'Begin a plain prompt with the token for the beginning of text; models differ in what they were taught',
    ),
  max_length: z.int().min(8).max(8192).default(128).describe('Longest prompt with answer, in tokens'),
  vocabulary: z
    .int()
    .min(300)
    .max(200_000)
    .default(1024)
    .describe('Most tokens of the tokenizer made for the data'),
  hub: z
    .object({
      model: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'is not the name of a model on the hub, owner/name'),
      revision: z.string().regex(/^[0-9a-f]{40}$/, 'is not a commit: 40 hexadecimal digits'),
      weights: z.boolean().default(true).describe('Fetch its weights too, not only its tokenizer'),
    })
    .nullable()
    .default(null)
    .describe(
      'A causal language model on the Hugging Face hub: its tokenizer, and its weights for model.weights: hub',
    ),
  base: z
    .object({
      ...causalLmSizes,
      epochs: z.int().min(1).default(3).describe('Passes over the training sentences, without their labels'),
      batch_size: z.int().min(1).default(32).describe('Sentences in an optimizer step'),
      learning_rate: z.number().positive().default(0.001).describe('Highest step size of AdamW'),
      seed: z.int().min(0).default(0).describe('Of the first weights and of the order of sentences'),
    })
    .superRefine(checkHeads)
    .nullable()
    .default(null)
    .describe('A model that is trained here to foretell the sentences, for model.weights: prepared'),
  seed: z.int().min(0).default(0).describe("Of the grammar's sentences"),
})
