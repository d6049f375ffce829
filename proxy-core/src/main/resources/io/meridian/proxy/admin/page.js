'use strict';
// Shows /api/regions and /api/events, asked for each second. Texts are set, never parsed as HTML.

const byId = (id) => document.getElementById(id);
const marks = { healthy: '●', suspect: '◐', ejected: '✕', probation: '◔' };

function cell(text, className) {
  const td = document.createElement('td');
  td.textContent = text;
  if (className) td.className = className;
  return td;
}

function ago(seconds) {
  if (seconds < 90) return Math.round(seconds) + ' s';
  if (seconds < 5400) return Math.round(seconds / 60) + ' min';
  if (seconds < 172800) return Math.round(seconds / 3600) + ' h';
  return Math.round(seconds / 86400) + ' d';
}

function shareCell(ratio) {
  const percent = Math.round(ratio * 100);
  const td = cell('', 'number');
  const meter = document.createElement('meter');
  meter.max = 100;
  meter.value = percent;
  meter.setAttribute('aria-hidden', 'true');
  td.append(meter, percent + ' %');
  return td;
}

function regionRow(region) {
  const row = document.createElement('tr');
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = region.name;
  const up = region.endpoints.filter((endpoint) => endpoint.state !== 'ejected').length;
  const state = (marks[region.state] || '') + ' ' + region.state;
  row.append(
    name,
    cell(state, 'state ' + region.state),
    cell(region.estimate_millis.toFixed(1) + ' ms' + (region.measured ? '' : ' (by map)'), 'number'),
    shareCell(region.traffic_ratio),
    cell(up + ' of ' + region.endpoints.length, 'number'),
    cell(ago(region.since_seconds)),
    cell(region.cause + (region.dial < 100 ? ' dial ' + region.dial + ' %' : '')));
  return row;
}

function eventItem(event) {
  const item = document.createElement('li');
  const time = document.createElement('time');
  const when = new Date(event.epoch_millis);
  time.dateTime = when.toISOString();
  time.textContent = when.toLocaleTimeString();
  const whose = event.endpoint ? event.region + ' ' + event.endpoint : event.region;
  const state = document.createElement('span');
  state.className = 'state ' + event.to;
  state.textContent = event.to;
  item.append(time, whose + ': ' + event.from + ' → ', state, event.cause ? ' (' + event.cause + ')' : '');
  return item;
}

function status(text, bad) {
  const line = byId('status');
  if (line.textContent !== text) line.textContent = text;
  line.className = bad ? 'bad' : '';
}

async function get(url) {
  const response = await fetch(url, { cache: 'no-store' });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

async function refresh() {
  try {
    const [world, events] = await Promise.all([get('/api/regions'), get('/api/events')]);
    byId('edge').textContent = world.edge + ' · ' + world.version;
    byId('regions').replaceChildren(...world.regions.map(regionRow));
    if (events.length) byId('events').replaceChildren(...events.slice(0, 20).map(eventItem));
    byId('attribution').hidden = !world.attribution;
    const trouble = !world.readiness.ready || world.self_suspect;
    const readiness = world.readiness.ready ? 'ready' : 'not ready: ' + world.readiness.reason;
    const suspect = world.self_suspect ? ', all regions turned bad together: is it this edge?' : '';
    status(readiness + suspect + ', ' + world.requests_per_second.toFixed(0) + ' requests/s', trouble);
  } catch (error) {
    status('no answer from Meridian: ' + error.message, true);
  }
  setTimeout(refresh, 1000);
}

byId('explain').addEventListener('submit', async (event) => {
  event.preventDefault();
  const query = new URLSearchParams(new FormData(event.target));
  const box = byId('explained');
  box.hidden = false;
  try {
    box.textContent = JSON.stringify(await get('/api/explain?' + query), null, 2);
  } catch (error) {
    box.textContent = error.message;
  }
});

refresh();
