// Opens the live page of a running demo in a headless browser, and sees that it shows what happens.
// check.mjs BROWSER PROXY ADMIN CONTROL TOKEN [DIRECTORY]: with DIRECTORY it leaves pictures there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, sleep } from './browser.mjs';

const [path, proxy, admin, control, tokenFile, directory] = process.argv.slice(2);
const token = readFileSync(tokenFile, 'utf8').trim();
const CLIENTS = ['84.128.0.', '73.0.0.', '126.0.0.', '200.147.0.', '1.120.0.', '41.0.0.', '2.16.0.'];

const stop = { asked: false };
const traffic = (async () => {
  for (let i = 0; !stop.asked; i++) {
    fetch(proxy, { headers: { 'X-Forwarded-For': CLIENTS[i % CLIENTS.length] + (1 + (i % 250)) } })
      .then((answer) => answer.arrayBuffer())
      .catch(() => {});
    await sleep(25);
  }
})();

let failures = 0;
function check(what, truth, detail = '') {
  console.log(`${truth ? 'ok  ' : 'BAD '} ${what}${detail === '' ? '' : ': ' + detail}`);
  if (!truth) failures++;
}
const order = (what) => fetch(`${control}/${what}`, { method: 'POST' }).then((answer) => answer.text());
const row = (region) => `[...document.querySelectorAll('#regions tr')].find((r) => r.querySelector('th')?.textContent === '${region}')`;
const state = (region) => `${row(region)}?.querySelector('.state').textContent`;

const browser = await Browser.start(path);
try {
  const page = await browser.page(admin, { width: 1360, height: 900 });
  await page.until(`${state('eu-central')} !== undefined`);
  await page.until("document.querySelectorAll('#charts path').length > 0 && document.querySelector('.arcs path')");
  check('the regions are there', (await page.value("document.querySelectorAll('#regions tr').length")) === 5);
  await page.until("document.querySelectorAll('.clients circle').length > 2");
  check('clients of several countries are on the map', true);
  await page.until(`${state('eu-central')} === 'healthy'`);

  // A region dies: how long until somebody who looks at the page sees it?
  const begun = Date.now();
  await order('kill/eu-central');
  await page.until(`${state('eu-central')} === 'ejected'`);
  const took = Date.now() - begun;
  check('a dead region is seen within a second', took < 1000, `${took} ms`);
  check('it is among the events', await page.value("document.querySelector('#events').textContent.includes('eu-central')"));
  check('the number of regions that are up falls', (await page.value("document.querySelector('#total-up').textContent")) === '4 of 5');
  await order('heal/eu-central');
  await page.until(`${state('eu-central')} === 'healthy'`, 60000);

  // By keyboard alone: a change, first with a wrong token.
  await page.value(`${row('us-east')}.querySelector('button').focus()`);
  await page.key('Enter');
  await page.until("document.querySelector('#act').open");
  check('the dialog names the region', (await page.value("document.querySelector('#act-form').region.value")) === 'us-east');
  await page.value("(() => { const f = document.querySelector('#act-form'); f.action.value = 'down'; f.reason.value = 'check'; f.token.value = 'wrong'; f.token.focus(); })()");
  await page.key('Enter');
  await page.until("document.querySelector('#act-result').textContent !== ''");
  check('a wrong token is told', (await page.value("document.querySelector('#act-result').textContent")).includes('Authorization'));
  await page.value(`(() => { const f = document.querySelector('#act-form'); f.token.value = ${JSON.stringify(token)}; f.token.focus(); })()`);
  await page.key('Enter');
  await page.until("!document.querySelector('#act').open");
  await page.until(`${row('us-east')}.textContent.includes('down by')`);
  check('a region is taken down by the page', true);
  await page.value(`${row('us-east')}.querySelector('button').click()`);
  await page.value("(() => { const f = document.querySelector('#act-form'); f.action.value = 'clear'; f.reason.value = 'done'; f.requestSubmit(); })()");
  await page.until(`!${row('us-east')}.textContent.includes('down by')`);

  await page.value(`${row('us-east')}.querySelector('button').click()`);
  await page.value("(() => { const f = document.querySelector('#act-form'); f.action.value = 'promote'; f.dispatchEvent(new Event('change')); f.reason.value = 'check'; f.requestSubmit(); })()");
  await page.until("document.querySelector('#act-result').textContent !== ''");
  check('a rule that forbids is named', (await page.value("document.querySelector('#act-result').textContent")).includes('rule no_list'));
  await page.value("document.querySelector('#act-cancel').click()");

  // A drill.
  await page.until(`${state('eu-central')} === 'healthy'`, 60000);
  await page.value("document.querySelector('#drill-open').click()");
  await page.value(
    "(() => { const f = document.querySelector('#act-form'); f.region.value = 'eu-central'; f.action.value = 'drill'; f.dispatchEvent(new Event('change')); f.percent.value = 40; f.ttl.value = '10m'; f.reason.value = 'practice'; f.by.value = 'ann'; })()");
  if (directory) writeFileSync(join(directory, 'dialog.png'), await page.picture(false));
  await page.value("document.querySelector('#act-form').requestSubmit()");
  await page.until("document.querySelector('#drill.active')");
  check('a drill is shown', (await page.value("document.querySelector('#drill h2').textContent")).includes('eu-central'));
  await page.until("!document.querySelector('#drill').textContent.includes('moved0')", 20000);

  // Explain.
  await page.value("(() => { const f = document.querySelector('#explain'); f.ip.value = '84.128.0.1'; f.requestSubmit(); })()");
  await page.until("document.querySelector('#explained .outcome')");
  check('a decision is explained', (await page.value("document.querySelector('#explained .outcome').textContent")).includes('goes to'));

  check('every control has a name', (await page.value(
    "[...document.querySelectorAll('button, input, select')].filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).length")) === 0);
  check('nothing comes from elsewhere', page.urls.every((url) => url.startsWith(admin) || url === 'about:blank'), '');
  const expected = page.complaints.filter((text) => !/status of 401/.test(text) && !/status of 409 .*\/promote/.test(text));
  check('the browser complains of nothing', expected.length === 0, expected.join('\n'));

  if (directory) await sleep(60000); // so that there is something to see
  for (const [name, look] of Object.entries({
    light: { width: 1360, height: 900 },
    dark: { width: 1360, height: 900, scheme: 'dark' },
    phone: { width: 390, height: 844, phone: true },
  })) {
    const one = await browser.page(admin, look);
    await one.until("document.querySelectorAll('#regions .mark').length === 5 && document.querySelector('.arcs path') && document.querySelector('#charts path')");
    check(`${name}: nothing is wider than the screen`, (await one.value('document.documentElement.scrollWidth')) <= look.width);
    if (look.phone) {
      check('phone: every region can be changed without scrolling sideways', await one.value(
        `[...document.querySelectorAll('#regions button')].every((b) => b.getBoundingClientRect().right <= ${look.width})`));
    }
    if (directory) {
      if (name === 'light') {
        await one.value("(() => { const f = document.querySelector('#explain'); f.ip.value = '84.128.0.1'; f.requestSubmit(); })()");
        await one.until("document.querySelector('#explained .outcome')");
      }
      await sleep(500);
      writeFileSync(join(directory, `${name}.png`), await one.picture());
    }
    await one.close();
  }
  await page.value("document.querySelector('#drill button')?.click()"); // unless a guard was faster
  await page.until("!document.querySelector('#drill.active')");
  check('the drill is over', /stopped|aborted/.test(await page.value("document.querySelector('#drill').textContent")));
} finally {
  stop.asked = true;
  await traffic;
  await browser.close();
}
process.exit(failures === 0 ? 0 : 1);
