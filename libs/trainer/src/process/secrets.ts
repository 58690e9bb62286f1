const secretName = /(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_KEY|ACCESS_KEY)/i
/** A shorter value would be found by chance in ordinary text. */
const shortest = 8

/**
 * A function that blanks the values of secret environment variables in text: a hub's token reaches the trainer,
 * and nothing that is written or shown.
 */
export function redactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined && value.length >= shortest ? [{ name, value }] : [],
  )
  return (text) => secrets.reduce((clean, { name, value }) => clean.replaceAll(value, `<${name}>`), text)
}
