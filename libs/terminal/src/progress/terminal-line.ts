import { displayWidth } from '@blacksmith/text'

const clearToEnd = '\r\u001B[J'
const fallbackColumns = 80

/** One line at the bottom of a terminal that is redrawn in place; whatever else is written goes above it. */
export class TerminalLine {
  private drawnWidth = 0
  // A process that dies with the line on the screen would have the prompt glued to its end.
  private readonly onExit = () => this.clear()

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly width: () => number | undefined = () => stream.columns,
  ) {
    process.once('exit', this.onExit)
  }

  /** Columns that a line may fill; the last one stays free, since some terminals wrap as soon as it is written. */
  columns(): number {
    return Math.max(1, (this.width() || fallbackColumns) - 1)
  }

  draw(line: string): void {
    this.stream.write(this.erasure() + line)
    this.drawnWidth = displayWidth(line)
  }

  clear(): void {
    const erasure = this.erasure()
    if (erasure !== '') this.stream.write(erasure)
    this.drawnWidth = 0
  }

  /** Writes whole lines above the redrawn one, in one piece. */
  above(lines: string[]): void {
    this.stream.write(`${this.erasure()}${lines.join('\n')}\n`)
    this.drawnWidth = 0
  }

  close(): void {
    this.clear()
    process.removeListener('exit', this.onExit)
  }

  /** After the window became narrower the old line covers several rows; all of them have to go. */
  private erasure(): string {
    if (this.drawnWidth === 0) return ''
    const rows = Math.ceil(this.drawnWidth / (this.columns() + 1)) - 1
    return (rows > 0 ? `\u001B[${rows}A` : '') + clearToEnd
  }
}
