/** What pages are made of. Import it as `@blacksmith/report/page`. */
export { htmlDocument, pageAsset } from './src/page/document'
export { html } from './src/page/html'
export { chartChoices } from './src/report/chart-figure'
