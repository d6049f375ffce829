// Small charts of the last quarter of an hour, one line for each of the busiest regions.
import { byId, make, millis, number, svg } from './parts.js';

const LINES = 8;
const DASHES = ['', '7 3', '2 2', '9 3 2 3', '4 4', '12 4', '2 5', '6 2 2 2'];
const HIGH = 150;
const LEFT = 46;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 20;
const SPANS = [3, 6, 15]; // minutes

const kinds = [
  { key: 'requests', title: 'Requests per second', show: number },
  { key: 'errors', title: 'Failed tries per second', show: number },
  { key: 'all', title: 'Answers of class 5xx per second, all routes', show: number },
  { key: 'p50_millis', title: 'Time to first byte, median', show: millis },
  { key: 'p99_millis', title: 'Time to first byte, 99th percentile', show: millis },
  { key: 'estimate_millis', title: 'Estimated round trip', show: millis },
];

let step = 2000;
let steps = 450;
const keys = kinds.map((kind) => kind.key).filter((key) => key !== 'all');
const series = new Map(); // region -> kind -> values, the newest last
let all = []; // 5xx answers a second, of all requests
let charts = null;
let minutes = 15; // that are drawn

/** Takes all that the proxy remembers. */
export function showHistory(history) {
  step = history.step_millis;
  steps = Math.round(900000 / step);
  series.clear();
  all = history.all.errors.slice(-steps);
  for (const [name, values] of Object.entries(history.regions)) {
    series.set(name, Object.fromEntries(keys.map((key) => [key, values[key].slice(-steps)])));
  }
  draw();
}

/** Takes the newest step. */
export function showNumbers(tick) {
  all.push(tick.all.errors);
  if (all.length > steps) all.shift();
  const names = new Set(tick.regions.map((region) => region.name));
  for (const name of series.keys()) if (!names.has(name)) series.delete(name);
  for (const region of tick.regions) {
    const values = series.get(region.name) ?? Object.fromEntries(keys.map((key) => [key, []]));
    series.set(region.name, values);
    for (const key of keys) {
      values[key].push((key === 'estimate_millis' ? region.estimate_millis : region.numbers[key]) ?? null);
      if (values[key].length > steps) values[key].shift();
    }
  }
  draw();
}

/** The regions with most requests, in a lasting order. */
function busiest() {
  return [...series]
    .map(([name, values]) => ({ name, values, sum: values.requests.reduce((a, b) => a + (b ?? 0), 0) }))
    .sort((a, b) => b.sum - a.sum || a.name.localeCompare(b.name))
    .slice(0, LINES)
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** 1, 2 or 5 times a power of ten, at least this. */
function nice(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((limit) => limit >= value * 0.999);
}

function build() {
  charts = kinds.map((kind) => {
    const grid = svg('g', { class: 'grid' });
    const lines = svg('g', { class: 'lines' });
    const cross = svg('line', { class: 'cross', y1: TOP, y2: HIGH - BOTTOM, visibility: 'hidden' });
    const picture = svg('svg', { role: 'img', height: HIGH, 'aria-label': kind.title }, grid, lines, cross);
    const readout = make('output', {});
    const figure = make('figure', {}, make('figcaption', {}, make('span', { text: kind.title }), readout), picture);
    const chart = { kind, grid, lines, cross, picture, readout, figure };
    picture.addEventListener('pointermove', (event) => read(chart, event));
    picture.addEventListener('pointerleave', () => {
      cross.setAttribute('visibility', 'hidden');
      readout.textContent = '';
    });
    return chart;
  });
  byId('charts').replaceChildren(...charts.map((chart) => chart.figure));
  new ResizeObserver(draw).observe(byId('charts'));
}

function read(chart, event) {
  const bounds = chart.picture.getBoundingClientRect();
  const wide = bounds.width;
  const x = Math.min(Math.max(event.clientX - bounds.left, LEFT), wide - RIGHT);
  const back = Math.round(((wide - RIGHT - x) / (wide - LEFT - RIGHT)) * (drawn() - 1));
  const place = wide - RIGHT - (back / (drawn() - 1)) * (wide - LEFT - RIGHT);
  chart.cross.setAttribute('x1', place);
  chart.cross.setAttribute('x2', place);
  chart.cross.setAttribute('visibility', 'visible');
  const parts = lines(chart.kind, busiest())
    .map(({ name, list }) => [name, list.at(-1 - back)])
    .filter(([, value]) => value !== null && value !== undefined && value > 0)
    .map(([name, value]) => `${name} ${chart.kind.show(value)}`);
  const when = `${Math.floor((back * step) / 60000)}:${String(Math.round((back * step) / 1000) % 60).padStart(2, '0')} ago`;
  chart.readout.textContent = [when, ...parts.slice(0, 4)].join(' · ');
}

function draw() {
  if (!charts) build();
  const shown = busiest();
  legend(shown);
  const have = Math.max(all.length, ...shown.map(({ values }) => values.requests.length));
  minutes = SPANS.find((span) => span * 60000 >= have * step) ?? SPANS.at(-1);
  for (const chart of charts) drawOne(chart, lines(chart.kind, shown));
}

/** What a chart draws: a name and values for each line. */
function lines(kind, shown) {
  return kind.key === 'all'
    ? [{ name: 'all', list: all }]
    : shown.map(({ name, values }) => ({ name, list: values[kind.key] }));
}

/** Steps that are drawn: fewer while there are only few. */
const drawn = () => Math.round((minutes * 60000) / step);

function legend(shown) {
  const more = series.size - shown.length;
  byId('legend').replaceChildren(
    ...shown.map(({ name }, i) =>
      make(
        'span',
        { title: name },
        svg(
          'svg',
          { viewBox: '0 0 26 8', class: 'swatch', 'aria-hidden': 'true' },
          svg('line', { x1: 0, x2: 26, y1: 4, y2: 4, class: `line-${i}`, 'stroke-dasharray': DASHES[i] })),
        make('b', { text: name }))),
    ...(more > 0 ? [make('span', { text: `the ${LINES} busiest of ${series.size}` })] : []));
}

function drawOne({ kind, grid, lines: group, picture }, shown) {
  const wide = picture.clientWidth;
  if (wide < LEFT * 2) return;
  picture.setAttribute('viewBox', `0 0 ${wide} ${HIGH}`);
  const most = Math.max(0, ...shown.flatMap(({ list }) => list.filter((v) => v !== null)));
  const top = nice(most);
  const y = (value) => HIGH - BOTTOM - (value / top) * (HIGH - TOP - BOTTOM);
  const x = (i, count) => wide - RIGHT - ((count - 1 - i) / (drawn() - 1)) * (wide - LEFT - RIGHT);
  grid.replaceChildren(
    ...[0, 0.5, 1].flatMap((part) => [
      svg('line', { x1: LEFT, x2: wide - RIGHT, y1: y(part * top), y2: y(part * top) }),
      svg('text', { x: LEFT - 6, y: y(part * top) + 4, 'text-anchor': 'end', text: part === 0 ? '0' : kind.show(part * top) }),
    ]),
    ...[3, 2, 1, 0].map((third) =>
      svg('text', {
        x: wide - RIGHT - (third / 3) * (wide - LEFT - RIGHT),
        y: HIGH - 4,
        'text-anchor': third === 0 ? 'end' : third === 3 ? 'start' : 'middle',
        text: third === 0 ? 'now' : `−${(minutes * third) / 3} min`,
      })),
    ...(most > 0 ? [] : [svg('text', { x: wide / 2, y: HIGH / 2, 'text-anchor': 'middle', class: 'empty', text: kind.key === 'errors' || kind.key === 'all' ? 'none' : 'nothing yet' })]));
  group.replaceChildren(
    ...shown.map(({ name, list }, i) => {
      let path = '';
      let open = false;
      let gap = 0;
      for (let j = Math.max(0, list.length - drawn()); j < list.length; j++) {
        if (list[j] === null) {
          open = open && ++gap < 8; // a few steps without an answer are no gap in the line
        } else {
          path += `${open ? 'L' : 'M'}${x(j, list.length).toFixed(1)} ${y(list[j]).toFixed(1)}`;
          if (!open) path += 'h.5';
          open = true;
          gap = 0;
        }
      }
      const look = kind.key === 'all' ? { class: 'line-all' } : { class: `line-${i}`, 'stroke-dasharray': DASHES[i] };
      return svg('path', { d: path, ...look }, svg('title', { text: name }));
    }));
}
