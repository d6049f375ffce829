// What several parts of the page share. Texts are set, never parsed as HTML.

export const byId = (id) => document.getElementById(id);

/** An element with attributes (className, textContent and data as properties) and children. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') element.textContent = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets a text only if it is another, so that screen readers aren't told the same twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const order = { ejected: 0, suspect: 1, probation: 2, healthy: 3 };

/** The worst state first. */
export function badness(state) {
  return order[state] ?? 4;
}

/** A shape for each state, so that no colour need be told from another; about 2 units wide. */
const shapes = {
  healthy: 'M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z',
  suspect: 'M0-1.15L1.1 .85L-1.1 .85z',
  ejected: 'M-.95-.5L-.5-.95L0-.45L.5-.95L.95-.5L.45 0L.95 .5L.5 .95L0 .45L-.5 .95L-.95 .5L-.45 0z',
  probation: 'M-1 0a1 1 0 0 1 2 0zM-1 .2h2a1 1 0 0 1-2 0z',
  edge: 'M0-1.2L1.2 0L0 1.2L-1.2 0z',
};

export const shape = (state) => shapes[state] ?? shapes.healthy;

/** A small picture of a state. */
export function mark(state) {
  return svg(
    'svg',
    { viewBox: '-1.3 -1.3 2.6 2.6', class: `mark ${state}`, 'aria-hidden': 'true' },
    svg('path', { d: shape(state) }));
}

export function number(value, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (digits === 0 && value > 0 && value < 10) return value < 0.095 ? '<0.1' : value.toFixed(1);
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits, useGrouping: value >= 10000 });
}

export function millis(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value >= 10000) return (value / 1000).toFixed(0) + ' s';
  if (value >= 1000) return (value / 1000).toFixed(1) + ' s';
  return (value < 10 ? value.toFixed(1) : value.toFixed(0)) + ' ms';
}

export function percent(ratio) {
  const value = ratio * 100;
  return (value > 0 && value < 0.5 ? '<1' : Math.round(value)) + ' %';
}

export function ago(seconds) {
  if (seconds < 90) return Math.round(seconds) + ' s';
  if (seconds < 5400) return Math.round(seconds / 60) + ' min';
  if (seconds < 172800) return Math.round(seconds / 3600) + ' h';
  return Math.round(seconds / 86400) + ' d';
}

export async function get(url) {
  const response = await fetch(url, { cache: 'no-store' });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}
