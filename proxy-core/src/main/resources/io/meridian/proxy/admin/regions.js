// The table of regions: sorted by what is asked for, filtered by name or state.
import { ago, badness, byId, make, mark, millis, number, percent } from './parts.js';

const columns = [
  { key: 'name', title: 'Region', of: (r) => r.name },
  { key: 'state', title: 'State', of: (r) => badness(r.state) },
  { key: 'estimate', title: 'Round trip', className: 'number', of: (r) => r.estimate },
  { key: 'share', title: 'Share', className: 'number', of: (r) => -r.share },
  { key: 'requests', title: 'Requests/s', className: 'number', of: (r) => -r.requests },
  { key: 'errors', title: 'Failed/s', className: 'number', of: (r) => -r.errors },
  { key: 'p50', title: 'p50', className: 'number minor', of: (r) => -(r.p50 ?? 0) },
  { key: 'p99', title: 'p99', className: 'number', of: (r) => -(r.p99 ?? 0) },
  { key: 'dial', title: 'Dial', className: 'number', of: (r) => r.dial },
  { key: 'inFlight', title: 'In flight', className: 'number minor', of: (r) => -r.inFlight },
  { key: 'up', title: 'Endpoints', className: 'number minor', of: (r) => r.up / Math.max(1, r.endpoints) },
  { key: 'since', title: 'Since', of: (r) => -r.since },
  { key: 'cause', title: 'Why', className: 'why', of: (r) => r.cause },
];

let state = null;
let numbers = null;
let receivedAt = 0;
let sorted = null; // null: as in the file
let onAct = () => {};
const rows = new Map();

export function onRegion(act) {
  onAct = act;
}

export function showState(next) {
  state = next;
  receivedAt = Date.now();
  draw();
}

export function showNumbers(next) {
  numbers = next;
  draw();
}

function facts() {
  const now = new Map((numbers?.regions ?? []).map((region) => [region.name, region]));
  const passed = (Date.now() - receivedAt) / 1000;
  const drill = state.drills.active;
  return state.overview.regions.map((region) => {
    const live = now.get(region.name);
    const control = region.control;
    const causes = [
      region.cause,
      control ? `${control.action} by ${control.by} for ${ago(Math.max(0, control.remaining_seconds - passed))}: ${control.reason}` : '',
      drill?.region === region.name ? `drill: failed for ${drill.share_percent} % of clients` : '',
    ];
    return {
      name: region.name,
      state: region.state,
      measured: region.measured,
      estimate: live?.estimate_millis ?? region.estimate_millis,
      share: live?.share ?? region.traffic_ratio,
      requests: live?.numbers.requests ?? 0,
      errors: live?.numbers.errors ?? 0,
      p50: live?.numbers.p50_millis,
      p99: live?.numbers.p99_millis,
      dial: live?.dial ?? region.dial,
      inFlight: live?.in_flight ?? 0,
      endpoints: region.endpoints.length,
      up: region.endpoints.filter((endpoint) => endpoint.state !== 'ejected').length,
      since: region.since_seconds + passed,
      cause: causes.filter((text) => text).join('; '),
    };
  });
}

function draw() {
  if (!state) return;
  const wanted = byId('filter').value.trim().toLowerCase();
  const list = facts().filter((r) => !wanted || r.name.toLowerCase().includes(wanted) || r.state.includes(wanted));
  if (sorted) {
    const { of } = sorted.column;
    const compare = (a, b) => (typeof of(a) === 'string' ? of(a).localeCompare(of(b)) : of(a) - of(b));
    list.sort((a, b) => (sorted.reverse ? compare(b, a) : compare(a, b)));
  }
  const body = byId('regions');
  if (list.length === 0) {
    rows.clear();
    body.replaceChildren(make('tr', {}, make('td', { class: 'empty', colspan: columns.length + 1, text: wanted ? 'No region matches.' : 'There are no regions.' })));
    return;
  }
  const names = new Set(list.map((r) => r.name));
  for (const [name, row] of rows) {
    if (!names.has(name)) {
      row.row.remove();
      rows.delete(name);
    }
  }
  body.querySelector('.empty')?.parentElement.remove();
  list.forEach((region, i) => {
    const row = rows.get(region.name) ?? newRow(region.name);
    fillRow(row, region);
    if (body.children[i] !== row.row) body.insertBefore(row.row, body.children[i] ?? null);
  });
}

function newRow(name) {
  const cells = columns.map((column) => make(column.key === 'name' ? 'th' : 'td', { class: [column.key, column.className].filter(Boolean).join(' '), scope: column.key === 'name' ? 'row' : null, 'data-title': column.title }));
  const button = make('button', { type: 'button', text: 'Change', 'aria-label': `Change ${name}` });
  button.addEventListener('click', () => onAct(name));
  const row = { row: make('tr', {}, ...cells, make('td', { class: 'act' }, button)), cells, shown: '' };
  rows.set(name, row);
  return row;
}

function fillRow(row, r) {
  const texts = [
    r.name,
    r.state,
    millis(r.estimate) + (r.measured ? '' : ' *'),
    percent(r.share),
    number(r.requests),
    number(r.errors),
    millis(r.p50),
    millis(r.p99),
    r.dial + ' %',
    String(r.inFlight),
    `${r.up} of ${r.endpoints}`,
    ago(r.since),
    r.cause,
  ];
  const shown = JSON.stringify(texts);
  if (row.shown === shown) return;
  row.shown = shown;
  texts.forEach((text, i) => {
    const cell = row.cells[i];
    if (columns[i].key === 'state') {
      cell.className = `state ${r.state}`;
      cell.replaceChildren(mark(r.state), text);
    } else if (columns[i].key === 'share') {
      const meter = make('meter', { max: 1, value: r.share, 'aria-hidden': 'true' });
      cell.replaceChildren(meter, text);
    } else if (cell.textContent !== text) {
      cell.textContent = text;
    }
    if (columns[i].key === 'name' || columns[i].key === 'cause') cell.title = text;
    if (columns[i].key === 'estimate') cell.title = r.measured ? '' : 'by the map: nothing is measured yet';
    if (columns[i].key === 'errors') cell.classList.toggle('alarm', r.errors > 0);
    if (columns[i].key === 'dial') cell.classList.toggle('alarm', r.dial < 100);
  });
}

byId('columns').append(
  ...columns.map((column) => {
    const button = make('button', { type: 'button', text: column.title });
    const head = make('th', { scope: 'col', class: column.className }, button);
    button.addEventListener('click', () => {
      sorted = sorted?.column === column ? (sorted.reverse ? null : { column, reverse: true }) : { column, reverse: false };
      for (const other of byId('columns').children) other.removeAttribute('aria-sort');
      if (sorted) head.setAttribute('aria-sort', sorted.reverse ? 'descending' : 'ascending');
      draw();
    });
    return head;
  }),
  make('th', { scope: 'col' }, make('span', { class: 'hidden', text: 'Change' })));
byId('filter').addEventListener('input', draw);
