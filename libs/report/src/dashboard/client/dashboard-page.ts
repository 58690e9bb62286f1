import { join } from 'node:path'
import { htmlDocument } from '../../page/document'
import { html } from '../../page/html'
import { chartChoices } from '../../report/chart-figure'

const page = join(__dirname, '..', '..', 'page')
const scripts = [
  join(page, 'chart.js'),
  join(page, 'live-chart.js'),
  join(__dirname, 'elements.js'),
  join(__dirname, 'live-section.js'),
  join(__dirname, 'runs-section.js'),
  join(__dirname, 'dashboard.js'),
]

/** The page of the dashboard. It holds no data: its script asks for them, and what came before is what it shows. */
export function dashboardPage(): string {
  return htmlDocument({
    title: 'Blacksmith',
    asksItsServer: true,
    scripts,
    sections: [
      { id: 'live', title: 'Live runs' },
      { id: 'box', title: 'Devices' },
      { id: 'past', title: 'Past runs' },
    ],
    body: html`<h1>Blacksmith</h1>
<p id="connection" class="quiet" role="status">connecting…</p>
<section aria-labelledby="live"><h2 id="live">Live runs</h2>
${chartChoices(true)}
<div id="live-runs"><p class="quiet">Nothing is running.</p></div></section>
<section aria-labelledby="box"><h2 id="box">Devices</h2>
<div id="devices"><p class="quiet">No devices are watched.</p></div>
<h3>Queue</h3><div id="queue"><p class="quiet">Nobody waits.</p></div></section>
<section aria-labelledby="past"><h2 id="past">Past runs</h2>
<form id="search" role="search">
<label>Search <input name="search" type="search" autocomplete="off" placeholder="words, or accuracy&gt;0.95"></label>
<label>Project <select name="project"><option value="">all</option></select></label>
<label>Target <select name="target"><option value="">all</option><option>evaluate</option><option>train</option><option>prepare-data</option></select></label>
<label>Order <select name="sort"><option value="started">newest</option><option value="seconds">longest</option><option value="bytes">largest</option></select></label>
</form>
<p id="found" class="quiet" role="status"></p>
<p><button id="compare" type="button" disabled>Compare the chosen runs</button></p>
<div id="runs"></div>
<p><button id="more" type="button" hidden>Show more</button></p></section>`,
  })
}
