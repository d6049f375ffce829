// The live page: hears what the proxy says and hands it to the parts.
import * as charts from './charts.js';
import * as controls from './controls.js';
import './explain.js';
import * as map from './map.js';
import { byId, make, mark, millis, number, say } from './parts.js';
import * as regions from './regions.js';
import { follow } from './stream.js';

const EVENTS = 60;

let live = false;
let state = null;

function showStatus() {
  const pill = byId('status');
  if (!live) {
    say(pill, state ? 'connection lost, trying again' : 'connecting');
    pill.className = state ? 'pill bad' : 'pill';
    document.body.classList.toggle('stale', Boolean(state));
    return;
  }
  document.body.classList.remove('stale');
  const ready = state?.overview.readiness;
  say(pill, ready ? (ready.ready ? 'live, ready' : 'live, not ready: ' + ready.reason) : 'live');
  pill.className = ready && !ready.ready ? 'pill bad' : 'pill good';
}

function showBanner() {
  const banner = byId('banner');
  const suspect = state.overview.self_suspect;
  const text = suspect ? 'All regions turned bad together, so this edge doubts itself: look at its own network first. Ejections are frozen.' : '';
  banner.hidden = !text;
  say(banner, text);
}

const kinds = { health: '', control: 'control', drill: 'drill' };

function eventItem(event) {
  const when = new Date(event.epoch_millis);
  const time = make('time', { datetime: when.toISOString(), text: when.toLocaleTimeString('en-GB') });
  const whose = event.endpoint ? `${event.region} ${event.endpoint}` : event.region || 'this edge';
  const kind = kinds[event.kind] ?? event.kind;
  return make(
    'li',
    {},
    time,
    kind ? make('span', { class: 'kind', text: kind }) : null,
    make('b', { text: whose }),
    ` ${event.from} → `,
    make('span', { class: `state ${event.to}` }, ...(event.kind === 'health' ? [mark(event.to === 'would eject' ? 'suspect' : event.to)] : []), event.to),
    event.cause ? make('span', { class: 'cause', text: event.cause }) : null);
}

let shownEvents = '';

function showEvents(events) {
  const list = events.slice(0, EVENTS);
  const key = JSON.stringify(list);
  if (list.length === 0 || key === shownEvents) return;
  shownEvents = key;
  byId('events').replaceChildren(...list.map(eventItem));
}

function showState(next) {
  state = next;
  const { overview } = next;
  say(byId('edge'), `${overview.edge} · ${overview.version}`);
  document.title = `${overview.edge} · Meridian`;
  const up = overview.regions.filter((region) => region.state !== 'ejected').length;
  say(byId('total-up'), `${up} of ${overview.regions.length}`);
  byId('total-up').classList.toggle('alarm', up < overview.regions.length);
  byId('attribution').hidden = !overview.attribution;
  showStatus();
  showBanner();
  showEvents(next.events);
  map.showState(next);
  regions.showState(next);
  controls.showState(next);
}

function showNumbers(tick) {
  say(byId('total-requests'), number(tick.all.requests));
  say(byId('total-errors'), number(tick.all.errors));
  byId('total-errors').classList.toggle('alarm', tick.all.errors > 0);
  say(byId('total-p50'), millis(tick.all.p50_millis));
  say(byId('total-p99'), millis(tick.all.p99_millis));
  map.showNumbers(tick);
  regions.showNumbers(tick);
  charts.showNumbers(tick);
}

const shows = { history: charts.showHistory, state: showState, numbers: showNumbers };

regions.onRegion((name) => controls.open(name));
follow(
  (what, data) => shows[what](data),
  (there) => {
    live = there;
    showStatus();
  });
