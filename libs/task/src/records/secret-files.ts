/** Of tools that keep what they log in with in a file of a fixed name. */
const known = [
  '\\.netrc|_netrc|\\.npmrc|\\.yarnrc(\\.yml)?|\\.pypirc|\\.pgpass|\\.git-credentials|\\.htpasswd|\\.dockercfg|kaggle\\.json',
  'id_(rsa|dsa|ecdsa|ed25519)|[^/]+\\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg)',
  // Of the same name in Python or TypeScript it is code that deals with them.
  '[^/]*(secrets?|credentials?|passwords?|service[-_]?account[^/.]*)(\\.(json|ya?ml|toml|ini|cfg|conf|txt))?',
  '\\.?token(\\.(json|ya?ml|toml|txt))?',
  // .env, .env.local, .envrc, prod.env, and what editors leave of them.
  '[^/]*\\.(flask)?env(rc)?([._~#-][^/]*)?',
]
const pattern = new RegExp(`(^|/)(${known.join('|')}|\\.(ssh|aws|kube|docker|gnupg)/.*)(/|$)`, 'i')

/** Whether a file of this path is there to hold secrets, as `.env` is. */
export function mayHoldSecrets(path: string): boolean {
  return pattern.test(path)
}
