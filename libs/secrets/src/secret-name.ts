/** In the plural tokens are counted, and some are marks of a tokenizer. */
const pattern =
  /((?<!(PAD|EOS|BOS|UNK|SEP|CLS|MASK)_)TOKEN(?!IZ|S|_(LIMIT|COUNT|LENGTH|ID|TYPE))|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(PRIVATE|SIGNING)_?KEY|API_?KEY|ACCESS_?KEY|KAGGLE_KEY|(^|_)PAT$|_(AUTH|PASS|PWD)$)/i

/** Whether an environment variable of this name holds what must not be written or shown: a token, a password. */
export function isSecretName(name: string): boolean {
  return pattern.test(name)
}
