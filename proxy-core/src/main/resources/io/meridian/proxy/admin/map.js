// The map: this edge, its regions, the traffic to them, and where clients were in the last minute.
import { countries } from './countries.js';
import { land } from './land.js';
import { badness, byId, make, mark, millis, percent, shape, svg } from './parts.js';
import { height, project, width } from './projection.js';

const LEAST_WIDTH = 330; // units: closer is of no use with so coarse a coast
const LABEL_PIXELS = 12;
const CLOSE_PIXELS = 15;
const ARCS = 30; // those with most traffic

const names = new Intl.DisplayNames(['en'], { type: 'region' });

const box = byId('map');
const shore = svg('path', { d: land, class: 'land' });
const clients = svg('g', { class: 'clients' });
const arcs = svg('g', { class: 'arcs' });
const marks = svg('g', { class: 'marks' });
const labels = svg('g', { class: 'labels', 'aria-hidden': 'true' });
const picture = svg('svg', { role: 'img', 'aria-label': 'World map; the table of regions says the same' }, shore, clients, arcs, marks, labels);
const none = make('p', { class: 'empty', hidden: true });
box.append(picture, none);

let state = null;
let numbers = null;
new ResizeObserver(() => draw()).observe(box);

export function showState(next) {
  state = next;
  draw();
}

export function showNumbers(next) {
  numbers = next;
  draw();
}

const at = (place) => (place ? project(place.longitude, place.latitude) : null);

/** The part of the map that holds all points, in the shape of the box. */
function frame(points, aspect) {
  let left = width;
  let right = 0;
  let top = height;
  let bottom = 0;
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (points.length === 0) [left, right, top, bottom] = [0, width, 0, height];
  let wide = Math.max((right - left) * 1.25 + 40, LEAST_WIDTH, ((bottom - top) * 1.3 + 40) * aspect);
  wide = Math.min(wide, Math.max(width, height * aspect));
  const high = wide / aspect;
  const x = clamp((left + right - wide) / 2, 0, width - wide);
  const y = clamp((top + bottom - high) / 2, 0, height - high);
  return { x, y, wide, high };
}

const clamp = (value, low, high) => (high < low ? (low + high) / 2 : Math.min(Math.max(value, low), high));

/** Regions that stand close together are put around their place, so that none hides another. */
function spread(places, unit) {
  for (let i = 0; i < places.length; i++) {
    const near = places.slice(0, i).filter((p) => Math.hypot(p.home.x - places[i].home.x, p.home.y - places[i].home.y) < CLOSE_PIXELS * unit * 0.7);
    if (near.length > 0) {
      const ring = Math.ceil((Math.sqrt(1 + (4 * near.length) / 3) - 1) / 2);
      const angle = near.length * 2.4;
      places[i].x = near[0].home.x + Math.cos(angle) * ring * CLOSE_PIXELS * unit;
      places[i].y = near[0].home.y + Math.sin(angle) * ring * CLOSE_PIXELS * unit;
    }
  }
}

function draw() {
  const pixels = box.clientWidth;
  if (!state || pixels === 0) return;
  const now = new Map((numbers?.regions ?? []).map((region) => [region.name, region]));
  const edge = at(state.overview.location);
  const places = state.overview.regions
    .filter((region) => region.location)
    .map((region) => {
      const home = at(region.location);
      return { region, home, x: home.x, y: home.y, share: now.get(region.name)?.share ?? region.traffic_ratio };
    })
    .sort((a, b) => badness(a.region.state) - badness(b.region.state) || b.share - a.share);
  const seen = Object.entries(numbers?.countries ?? {})
    .filter(([code]) => countries[code])
    .map(([code, count]) => ({ code, count, ...project(...countries[code]) }));
  const aspect = box.clientWidth / Math.max(1, box.clientHeight);
  const view = frame([...places, ...(edge ? [edge] : []), ...seen], aspect);
  const unit = view.wide / pixels; // units to a pixel
  picture.setAttribute('viewBox', `${view.x} ${view.y} ${view.wide} ${view.high}`);
  spread(places, unit);
  drawClients(seen, edge, unit);
  drawArcs(places, edge, unit);
  drawMarks(places, edge, unit);
  drawLabels(places, edge, unit, view);
  const lost = state.overview.regions.length - places.length;
  none.hidden = lost === 0 && edge !== null;
  none.textContent = [
    lost > 0 ? `${lost} of ${state.overview.regions.length} regions have no location in the file, and are not on the map.` : '',
    edge ? '' : 'edge.location is not in the file: no arcs can be drawn.',
  ].join(' ').trim();
}

function drawClients(seen, edge, unit) {
  const most = Math.max(1, ...seen.map((one) => one.count));
  clients.replaceChildren(
    ...seen.flatMap((one) => {
      const radius = (4 + 13 * Math.sqrt(one.count / most)) * unit;
      const title = `${names.of(one.code) ?? one.code}: ${one.count} requests in the last minute`;
      const circle = svg('circle', { cx: one.x, cy: one.y, r: radius }, svg('title', { text: title }));
      return edge ? [svg('path', { d: arc(one, edge, 0.12), 'stroke-width': unit }), circle] : [circle];
    }));
}

/** A line that bends away from the straight one by this part of its length. */
function arc(from, to, bend) {
  const mx = (from.x + to.x) / 2 - (to.y - from.y) * bend;
  const my = (from.y + to.y) / 2 - Math.abs(to.x - from.x) * bend;
  return `M${from.x} ${from.y}Q${mx} ${my} ${to.x} ${to.y}`;
}

function drawArcs(places, edge, unit) {
  arcs.replaceChildren(
    ...(edge ? places : []).filter((place) => place.share > 0).sort((a, b) => b.share - a.share).slice(0, ARCS).map((place) =>
      svg(
        'path',
        { d: arc(edge, place, 0.22), class: place.region.state, 'stroke-width': (1.2 + 7 * Math.sqrt(place.share)) * unit },
        svg('title', { text: `${percent(place.share)} of the requests to ${place.region.name}` }))));
}

function drawMarks(places, edge, unit) {
  const drilled = state.drills.active?.region;
  const all = places.toReversed().map((place) => {
    const { region } = place;
    const size = (region.state === 'healthy' ? 5.5 : 7.5) * unit;
    const title = `${region.name}: ${region.state}, ${millis(region.estimate_millis)}, ${percent(place.share)} of the requests${region.dial < 100 ? `, dial ${region.dial} %` : ''}`;
    const group = svg('g', { transform: `translate(${place.x} ${place.y})`, class: region.state }, svg('title', { text: title }));
    if (region.dial < 100 || region.name === drilled) {
      group.append(svg('circle', { r: 11 * unit, class: 'ring', 'stroke-width': 1.6 * unit, 'stroke-dasharray': `${3 * unit} ${3 * unit}` }));
    }
    group.append(svg('path', { d: shape(region.state), transform: `scale(${size})`, 'stroke-width': (1.5 * unit) / size }));
    return group;
  });
  if (edge) {
    all.push(
      svg(
        'g',
        { transform: `translate(${edge.x} ${edge.y}) scale(${6.5 * unit})`, class: 'edge' },
        svg('title', { text: `this edge: ${state.overview.edge}` }),
        svg('path', { d: shape('edge'), 'stroke-width': 0.25 })));
  }
  marks.replaceChildren(...all);
}

/** As many names as have room: those in trouble first, then those with most traffic. */
function drawLabels(places, edge, unit, view) {
  const size = LABEL_PIXELS * unit;
  const taken = places.map((place) => ({ x: place.x - 7 * unit, y: place.y - 7 * unit, w: 14 * unit, h: 14 * unit }));
  if (edge) taken.push({ x: edge.x - 8 * unit, y: edge.y - 8 * unit, w: 16 * unit, h: 16 * unit });
  const wanted = places.map((place) => ({
    ...place,
    text: place.region.name.length > 22 ? place.region.name.slice(0, 21) + '…' : place.region.name,
    more: place.region.state === 'healthy' ? millis(place.region.estimate_millis) : place.region.state,
    className: place.region.state,
  }));
  if (edge) wanted.unshift({ ...edge, text: state.overview.edge.slice(0, 22), more: 'edge', className: 'edge' });
  const drawn = [];
  for (const one of wanted) {
    const w = (one.text.length * 0.62 + (one.more.length + 1) * 0.58) * size;
    const spots = [
      { x: one.x + 10 * unit, y: one.y - size * 0.5 },
      { x: one.x - 10 * unit - w, y: one.y - size * 0.5 },
      { x: one.x - w / 2, y: one.y + 9 * unit },
      { x: one.x - w / 2, y: one.y - 9 * unit - size },
    ];
    const free = spots.find(
      (spot) =>
        spot.x >= view.x && spot.x + w <= view.x + view.wide && spot.y >= view.y && spot.y + size <= view.y + view.high &&
        !taken.some((t) => spot.x < t.x + t.w && t.x < spot.x + w && spot.y < t.y + t.h && t.y < spot.y + size));
    if (free) {
      taken.push({ ...free, w, h: size });
      drawn.push(
        svg(
          'text',
          { x: free.x, y: free.y + size * 0.82, 'font-size': size, 'stroke-width': 4 * unit, class: one.className },
          svg('tspan', { text: one.text }),
          svg('tspan', { text: ' ' + one.more, class: 'more' })));
    }
  }
  labels.replaceChildren(...drawn);
}

const ring = (className) => svg('svg', { viewBox: '-6 -6 12 12', class: `mark ${className}`, 'aria-hidden': 'true' }, svg('circle', { r: 5 }));

byId('map-key').append(
  ...[['edge', 'this edge'], ['healthy', 'healthy'], ['suspect', 'suspect'], ['probation', 'on probation'], ['ejected', 'ejected']].map(
    ([name, text]) => make('span', {}, mark(name), text)),
  make('span', {}, ring('ring-key'), 'dialled down, or in a drill'),
  make('span', {}, ring('client-key'), 'clients of the last minute'));
