import { join } from 'node:path'
import { chartChoices, html, htmlDocument, pageAsset } from '@blacksmith/report/page'

const scripts = [
  ...['chart.js', 'slider.js', 'live-chart.js'].map(pageAsset),
  ...[
    'elements.js',
    'run-words.js',
    'chart-card.js',
    'run-records.js',
    'live-section.js',
    'dismissals.js',
    'stopped-section.js',
    'runs-section.js',
    'dashboard.js',
  ].map((name) => join(__dirname, name)),
]

/**
 * The page of the dashboard. It holds no data: its script asks for them. Until they come no place says that there are
 * none.
 */
export function dashboardPage(): string {
  return htmlDocument({
    title: 'Blacksmith',
    asksItsServer: true,
    scripts,
    styles: [join(__dirname, 'dashboard.css')],
    sections: [
      { id: 'live', title: 'Live runs' },
      { id: 'box', title: 'Devices' },
      { id: 'past', title: 'Past runs' },
    ],
    body: html`<h1>Blacksmith</h1>
<p id="connection" class="quiet" role="status">connecting…</p>
<noscript><p>This page needs JavaScript: the browser has to ask for what it shows.</p></noscript>
<section aria-labelledby="live"><h2 id="live">Live runs</h2>
${chartChoices(true)}
<div id="live-runs"><p class="quiet">connecting…</p></div>
<div id="stopped-runs" hidden></div></section>
<section aria-labelledby="box"><h2 id="box">Devices</h2>
<div id="devices"><p class="quiet">connecting…</p></div>
<h3>Queue</h3><div id="queue"><p class="quiet">connecting…</p></div></section>
<section aria-labelledby="past"><h2 id="past">Past runs</h2>
<form id="search" role="search">
<label>Search <input name="search" type="search" autocomplete="off" placeholder="words, or accuracy&gt;0.95"></label>
<label>Project <select name="project"><option value="">all</option></select></label>
<label>Target <select name="target"><option value="">all</option><option>evaluate</option><option>train</option><option>prepare-data</option></select></label>
<label>Order <select name="sort"><option value="started">newest</option><option value="seconds">longest</option><option value="bytes">largest</option></select></label>
</form>
<p id="found" class="quiet" role="status">connecting…</p>
<p><button id="compare" type="button" disabled>Compare the chosen runs</button></p>
<div id="runs"></div>
<p><button id="more" type="button" hidden>Show more</button></p></section>`,
  })
}
