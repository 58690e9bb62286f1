export { htmlDocument } from './src/page/document'
export { html } from './src/page/html'
export { chartChoices } from './src/report/chart-figure'
