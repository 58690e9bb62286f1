import { displayWidth } from '@blacksmith/text'

/**
 * A terminal's screen, as far as a redrawn line uses one, ours or a spinner of Nx: wrapping, line breaks, cursor up and to
 * a column, clear to the end and of a line. Colours and a hidden cursor are passed over.
 */
export class Screen {
  readonly isTTY = true
  readonly writes: string[] = []
  private rows: string[] = ['']
  private row = 0
  private column = 0

  constructor(public columns = 80) {}

  write(text: string): boolean {
    this.writes.push(text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads them
    for (const token of text.match(/\u001B\[(?:[\d;]*[AGJKm]|\?25[hl])|[\s\S]/gu) ?? []) this.take(token)
    return true
  }

  /** What a person sees, without blank lines at the end. */
  lines(): string[] {
    const shown = this.rows.map((row) => row.trimEnd())
    while (shown.at(-1) === '') shown.pop()
    return shown
  }

  private take(token: string): void {
    const amount = Number.parseInt(token.slice(2), 10) || 0
    if (/^..*[mhl]$/.test(token)) return
    if (/^..*A$/.test(token)) this.row = Math.max(0, this.row - amount)
    else if (/^..*G$/.test(token)) this.column = Math.max(0, amount - 1)
    else if (/^..*K$/.test(token)) this.clearLine(amount)
    else if (token === '\u001B[J') {
      this.rows.length = this.row + 1
      this.rows[this.row] = (this.rows[this.row] ?? '').slice(0, this.column)
    } else if (token === '\r') this.column = 0
    else if (token === '\n') this.newRow()
    else if (token.startsWith('\u001B'))
      throw new Error(`a terminal sequence that nobody expects: ${JSON.stringify(token)}`)
    else this.print(token)
  }

  /** @param part 0: from the cursor on; 1: up to it; 2: all of it */
  private clearLine(part: number): void {
    const row = this.rows[this.row] ?? ''
    const before = part === 0 ? row.slice(0, this.column) : ''
    const after = part === 1 ? row.slice(this.column + 1) : ''
    this.rows[this.row] = part === 1 ? ' '.repeat(this.column + 1) + after : before
  }

  private print(character: string): void {
    if (displayWidth((this.rows[this.row] ?? '').slice(0, this.column) + character) > this.columns)
      this.newRow()
    const row = (this.rows[this.row] ?? '').padEnd(this.column)
    this.rows[this.row] = row.slice(0, this.column) + character + row.slice(this.column + character.length)
    this.column += character.length
  }

  private newRow(): void {
    this.row += 1
    this.column = 0
    this.rows[this.row] ??= ''
  }

  /** The window becomes narrower: rows that are too long are wrapped, as terminals do. */
  resize(columns: number): void {
    const before = this.rows.slice(0, this.row + 1)
    this.columns = columns
    this.rows = ['']
    this.row = 0
    this.column = 0
    before.forEach((row, index) => {
      for (const character of row) this.print(character)
      if (index < before.length - 1) this.newRow()
    })
  }

  asStream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream
  }
}
