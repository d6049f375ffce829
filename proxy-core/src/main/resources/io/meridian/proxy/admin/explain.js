// Asks where a request would go, and says it in words.
import { byId, get, make, mark, millis, percent } from './parts.js';

const box = byId('explained');

function sentence(answer) {
  const where = answer.client.country ? `a client in ${[answer.client.city, answer.client.country].filter(Boolean).join(', ')}` : 'a client whose place is not known';
  if (!answer.route) return `No route matches this request of ${where}: it is answered 404.`;
  if (answer.outcome === 'redirect') {
    const steer = answer.verdicts.find((verdict) => verdict.filter === 'steer');
    return `A request of ${where} is sent away with ${answer.status}: ${steer ? steer.detail : answer.reason}.`;
  }
  if (answer.outcome !== 'forward') return `A request of ${where} is refused with ${answer.status}: ${answer.reason}.`;
  const second = answer.if_first_fails ? `; if that fails, to ${answer.if_first_fails}` : '; if that fails, nowhere else';
  return `A request of ${where} goes to ${answer.order[0].region} (${answer.reason})${second}.`;
}

function table(titles, rows) {
  return make(
    'div',
    { class: 'scroll' },
    make(
      'table',
      {},
      make('thead', {}, make('tr', {}, ...titles.map((title) => make('th', { scope: 'col', text: title })))),
      make('tbody', {}, ...rows.map((cells) => make('tr', {}, ...cells.map((cell) => make('td', {}, ...[cell].flat())))))));
}

function show(answer) {
  const order = (answer.order ?? []).map((step, i) => [
    String(i + 1),
    step.region,
    [mark(step.state), step.state],
    millis(step.estimate_millis),
    answer.shares?.[step.region] === undefined ? '' : percent(answer.shares[step.region]),
  ]);
  const verdicts = (answer.verdicts ?? []).map((verdict) => [verdict.region, verdict.filter, verdict.kept ? 'kept' : 'left out', verdict.detail]);
  const raw = make('pre', { text: JSON.stringify(answer, null, 2), tabindex: '0' });
  const facts = [answer.route ? `route ${answer.route}` : '', answer.fence ? `fence ${answer.fence} ${answer.fence_binds ? 'binds' : 'does not bind'}` : '', answer.drill ?? ''];
  box.replaceChildren(
    make('p', { class: 'outcome', text: sentence(answer) }),
    make('p', { class: 'note', text: facts.filter(Boolean).join(' · ') }),
    ...(order.length ? [table(['', 'Region', 'State', 'Round trip', 'First for'], order)] : []),
    ...(verdicts.length ? [make('details', {}, make('summary', { text: 'What each filter said' }), table(['Region', 'Filter', '', 'Detail'], verdicts))] : []),
    make('details', {}, make('summary', { text: 'As JSON' }), raw));
}

byId('explain').addEventListener('submit', async (event) => {
  event.preventDefault();
  const query = new URLSearchParams(new FormData(event.target));
  box.hidden = false;
  try {
    show(await get('/api/explain?' + query));
  } catch (error) {
    box.replaceChildren(make('p', { class: 'bad', text: error.message }));
  }
});
