// A headless Chromium, spoken to by its DevTools protocol over a pipe: nothing to install beside it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage', '--hide-scrollbars',
  '--force-device-scale-factor=1', '--remote-debugging-pipe',
];

export const sleep = (millis) => new Promise((done) => setTimeout(done, millis));

export class Browser {
  #id = 0;
  #waiting = new Map();
  #pages = new Map();
  #rest = '';

  static async start(path) {
    const browser = new Browser();
    browser.directory = mkdtempSync(join(tmpdir(), 'page-'));
    browser.process = spawn(path, [...FLAGS, `--user-data-dir=${browser.directory}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    browser.process.stdio[4].on('data', (bytes) => browser.#read(bytes));
    await browser.send('Browser.getVersion');
    return browser;
  }

  #read(bytes) {
    this.#rest += bytes;
    const messages = this.#rest.split('\0');
    this.#rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      const waiting = this.#waiting.get(message.id);
      if (waiting) {
        this.#waiting.delete(message.id);
        if (message.error) waiting.fail(new Error(message.error.message));
        else waiting.done(message.result);
      } else if (message.sessionId) {
        this.#pages.get(message.sessionId)?.event(message.method, message.params);
      }
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#id;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((done, fail) => this.#waiting.set(id, { done, fail }));
  }

  /** A page of this size; emulated: colour scheme and phone. */
  async page(url, { width, height, scheme = 'light', phone = false }) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    this.#pages.set(sessionId, page);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    await page.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: phone });
    await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await page.send('Page.navigate', { url });
    return page;
  }

  async close() {
    const gone = new Promise((done) => this.process.once('exit', done));
    this.send('Browser.close').catch(() => {});
    await Promise.race([gone, sleep(5000).then(() => this.process.kill('SIGKILL'))]);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  /** What the browser complained of. */
  complaints = [];
  /** What it asked for. */
  urls = [];

  constructor(browser, sessionId, targetId) {
    Object.assign(this, { browser, sessionId, targetId });
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }

  event(method, params) {
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.complaints.push(params.args.map((a) => a.value).join(' '));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.complaints.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Network.requestWillBeSent') this.urls.push(params.request.url);
  }

  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until it is true, and tells how long that took, in milliseconds. */
  async until(expression, patienceMillis = 15000) {
    const begun = Date.now();
    while (!(await this.value(expression))) {
      if (Date.now() - begun > patienceMillis) throw new Error(`not within ${patienceMillis} ms: ${expression}`);
      await sleep(15);
    }
    return Date.now() - begun;
  }

  async key(name, code = name, text = undefined) {
    const keys = { Tab: 9, Enter: 13, Escape: 27, ' ': 32 };
    const key = { key: name, code, windowsVirtualKeyCode: keys[name], text: name === 'Enter' ? '\r' : text };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }

  /** All of the page, or what is seen of it, as PNG. */
  async picture(whole = true) {
    const { cssContentSize } = await this.send('Page.getLayoutMetrics');
    const clip = { x: 0, y: 0, width: cssContentSize.width, height: cssContentSize.height, scale: 1 };
    const { data } = await this.send('Page.captureScreenshot', whole ? { clip, captureBeyondViewport: true } : {});
    return Buffer.from(data, 'base64');
  }

  close() {
    return this.browser.send('Target.closeTarget', { targetId: this.targetId });
  }
}
