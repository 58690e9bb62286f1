export { csvText } from './csv'
export { formatBytes } from './format-bytes'
export { plainLine, plainLines } from './plain'
export { cutMark, readLines } from './read-lines'
export { sparkline } from './sparkline'
export { textTable } from './table'
export {
  formatCount,
  formatDuration,
  formatNumber,
  formatOperations,
  formatRate,
  formatThreads,
} from './units'
export { displayWidth, truncate } from './width'
