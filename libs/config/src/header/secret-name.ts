const pattern = /(TOKEN(?!IZ)|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|API_?KEY|ACCESS_KEY|_AUTH$)/i

/** Whether an environment variable of this name holds what must not be written or shown: a token, a password. */
export function isSecretName(name: string): boolean {
  return pattern.test(name)
}
