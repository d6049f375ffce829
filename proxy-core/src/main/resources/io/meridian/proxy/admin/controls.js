// What who has the token may do: drain, dial, promote, drill. And the drill that is under way.
import { ago, byId, make, millis, percent } from './parts.js';

const dialog = byId('act');
const form = byId('act-form');
const result = byId('act-result');
let token = ''; // in memory only
let after = null;

/** Opens the dialog for a region. */
export function open(region, action) {
  if (region) form.region.value = region;
  if (action) form.action.value = action;
  result.textContent = '';
  result.className = '';
  form.token.value = token;
  fields();
  dialog.showModal();
}

export function showState(state) {
  const names = state.overview.regions.map((region) => region.name);
  const shown = [...form.region.options].map((option) => option.value);
  if (names.join('\n') !== shown.join('\n')) {
    const chosen = form.region.value;
    form.region.replaceChildren(...names.map((name) => make('option', { value: name, text: name })));
    if (names.includes(chosen)) form.region.value = chosen;
  }
  byId('drill-open').disabled = Boolean(state.drills.active);
  drill(state.drills);
}

function fields() {
  const action = form.action.value;
  byId('act-percent').hidden = action !== 'dial' && action !== 'drill';
  byId('act-ttl').hidden = action === 'clear';
  form.percent.disabled = byId('act-percent').hidden;
  form.percent.min = action === 'drill' ? 1 : 0;
  form.ttl.disabled = byId('act-ttl').hidden;
}

async function post(path, parameters) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    cache: 'no-store',
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.rule ? `refused by rule ${body.rule}: ${body.error}` : body.error);
  return body;
}

async function act() {
  token = form.token.value;
  const { region, action, percent: share, ttl, reason, by } = form;
  const words = { reason: reason.value, ...(by.value ? { by: by.value } : {}) };
  if (action.value === 'drill') {
    await post('/api/drills/start', { region: region.value, for: ttl.value, share: share.value, ...words });
  } else {
    await post(`/api/regions/${encodeURIComponent(region.value)}/${action.value}`, {
      ...words,
      ...(action.value === 'clear' ? {} : { ttl: ttl.value }),
      ...(action.value === 'dial' ? { percent: share.value } : {}),
    });
  }
}

async function stopDrill() {
  if (!token) {
    open(null, 'drill');
    say('Give the token and press Stop.', true);
    after = stopDrill;
    return;
  }
  await post('/api/drills/stop', { reason: 'stopped on the page', ...(form.by.value ? { by: form.by.value } : {}) });
}

function say(text, bad) {
  result.textContent = text;
  result.className = bad ? 'bad' : 'good';
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  byId('act-go').disabled = true;
  try {
    await act();
    dialog.close();
  } catch (error) {
    say(error.message, true);
  } finally {
    byId('act-go').disabled = false;
  }
});
form.addEventListener('change', fields);
byId('act-cancel').addEventListener('click', () => dialog.close());
byId('drill-open').addEventListener('click', () => open(null, 'drill'));

function line(name, text) {
  return make('div', {}, make('dt', { text: name }), make('dd', { text }));
}

/** The drill that is under way, or the last one. */
function drill({ active, reports }) {
  const box = byId('drill');
  const one = active ?? reports[0];
  box.hidden = !one;
  if (!one) return;
  const facts = make(
    'dl',
    {},
    line('asked for', `${one.reason}, by ${one.by}`),
    active
      ? line('to go', ago(one.remaining_seconds))
      : line('ended', `${one.outcome}: ${one.why}, ${ago((Date.now() - one.ended_epoch_millis) / 1000)} ago`),
    line('moved', `${one.moved.requests} requests, ${one.moved.errors} failed (${percent(one.moved.error_ratio)})`),
    line('added', one.added_p50_millis === undefined ? '–' : `p50 ${signed(one.added_p50_millis)}, p95 ${signed(one.added_p95_millis)}`),
    line('went to', one.receivers.map((r) => `${r.region} ${r.requests}`).join(', ') || 'nobody yet'));
  const title = active ? `Drill: ${one.region} failed for ${one.share_percent} % of clients` : `Last drill: ${one.region}, ${one.share_percent} % of clients`;
  const stop = make('button', { type: 'button', text: 'Stop the drill' });
  stop.addEventListener('click', () => stopDrill().catch((error) => {
    open(null, 'drill');
    say(error.message, true);
  }));
  box.className = active ? 'active' : '';
  box.replaceChildren(make('h2', { text: title }), facts, ...(active ? [stop] : []));
}

function signed(value) {
  return (value < 0 ? '−' : '+') + millis(Math.abs(value));
}
