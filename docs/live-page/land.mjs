// Makes land.js and countries.js of the live page from Natural Earth's public-domain data, as the
// npm package world-atlas holds them. To make them anew, in a directory of its own:
//   npm install world-atlas@2.0.2 topojson-client@3.1.0 i18n-iso-countries
//   node .../docs/live-page/land.mjs .../proxy-core/src/main/resources/io/meridian/proxy/admin
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const { feature } = require('topojson-client');
const iso = require('i18n-iso-countries');
const { project } = await import(join(process.argv[2], 'projection.js'));

const LEAST_LATITUDE = -58; // Antarctica has no clients
const LEAST_SIZE = 3; // of an island, in units of the map

function polygons(geometry) {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
}

/** A ring that crosses the edge of the map is drawn on both sides, each cut off there. */
function rings(points) {
  const whole = [];
  for (const [longitude, latitude] of points) {
    const last = whole.at(-1)?.[0] ?? longitude;
    whole.push([longitude + 360 * Math.round((last - longitude) / 360), latitude]);
  }
  return [-360, 0, 360].map((shift) => ring(whole.map(([longitude, latitude]) => [longitude + shift, latitude]))).join('');
}

function ring(points) {
  const out = [];
  if (points.every(([longitude]) => Math.abs(longitude) >= 180)) return '';
  for (const [longitude, latitude] of points) {
    const { x, y } = project(Math.min(180, Math.max(-180, longitude)), latitude);
    const point = [Math.round(x), Math.round(y)];
    const last = out.at(-1);
    if (!last || last[0] !== point[0] || last[1] !== point[1]) out.push(point);
  }
  const xs = out.map((p) => p[0]);
  const ys = out.map((p) => p[1]);
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  if (out.length < 4 || size < LEAST_SIZE) return '';
  let text = `M${out[0][0]} ${out[0][1]}l`;
  for (let i = 1; i < out.length - 1; i++) {
    const dx = out[i][0] - out[i - 1][0];
    const dy = out[i][1] - out[i - 1][1];
    text += `${i > 1 && dx >= 0 ? ' ' : ''}${dx}${dy < 0 ? '' : ' '}${dy}`;
  }
  return text + 'z';
}

const land = require('world-atlas/land-110m.json');
let path = '';
for (const one of feature(land, land.objects.land).features) {
  for (const polygon of polygons(one.geometry)) {
    if (polygon[0].some(([, latitude]) => latitude > LEAST_LATITUDE)) path += polygon.map(rings).join('');
  }
}

/** Area and centre of a ring, in degrees (the surveyor's formula). */
function centre(points) {
  let area = 0;
  let x = 0;
  let y = 0;
  for (let i = 0; i < points.length - 1; i++) {
    const cross = points[i][0] * points[i + 1][1] - points[i + 1][0] * points[i][1];
    area += cross / 2;
    x += (points[i][0] + points[i + 1][0]) * cross;
    y += (points[i][1] + points[i + 1][1]) * cross;
  }
  return { area: Math.abs(area), x: x / (6 * area), y: y / (6 * area) };
}

const countries = require('world-atlas/countries-50m.json');
const places = {};
for (const one of feature(countries, countries.objects.countries).features) {
  const code = one.id && iso.numericToAlpha2(one.id);
  if (code && one.geometry) {
    const largest = polygons(one.geometry).map((p) => centre(p[0])).reduce((a, b) => (a.area >= b.area ? a : b));
    places[code] = [Math.round(largest.x), Math.round(largest.y)];
  }
}
const sorted = Object.keys(places).sort();

const source = "// Made from Natural Earth's public-domain data (naturalearthdata.com) by docs/live-page/land.mjs.\n";
writeFileSync(
  join(process.argv[2], 'land.js'),
  `${source}/** All land but Antarctica as an SVG path in the map's units. */\nexport const land = \`\n${path.replaceAll('z', 'z\n')}\`;\n`);
writeFileSync(
  join(process.argv[2], 'countries.js'),
  `${source}/** Middles of countries by ISO 3166-1 code: longitude, latitude. */\nexport const countries = {\n  ${sorted
    .map((code) => `${code}: [${places[code].join(', ')}]`)
    .join(', ')
    .replace(/(.{90,110}\],) /g, '$1\n  ')},\n};\n`);
console.log(path.length, sorted.length);
