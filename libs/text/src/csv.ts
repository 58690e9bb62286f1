/** Rows as CSV (RFC 4180); what a spreadsheet would take for a formula stays text. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+@\t\r]|^-[^\d.]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
