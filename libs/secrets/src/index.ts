export { lineRedactor } from './redact-lines'
export { isSecretName } from './secret-name'
export { looksRandom } from './secret-value'
export { redactJson, redactor } from './secrets'
