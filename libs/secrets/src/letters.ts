/** What is left of a text without spaces, borders and punctuation. */
export function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '')
}
