// The connection to the proxy: history once, then news as they come.
import { get } from './parts.js';

const SILENCE_MILLIS = 8000;
const AGAIN_MILLIS = 2000;

/**
 * Calls heard(what, data) for each message, where what is history, state or numbers, and
 * connected(truth) whenever the connection is there or gone.
 */
export function follow(heard, connected) {
  let source = null;
  let silence = 0;

  function lost() {
    clearTimeout(silence);
    source.close();
    connected(false);
    setTimeout(open, AGAIN_MILLIS);
  }

  function alive() {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MILLIS);
  }

  async function history() {
    try {
      heard('history', await get('/api/history'));
    } catch {
      // the stream says that the connection is lost
    }
  }

  function open() {
    source = new EventSource('/api/stream');
    source.onopen = () => {
      alive();
      connected(true);
      history();
    };
    source.onerror = lost;
    for (const what of ['state', 'numbers']) {
      source.addEventListener(what, (event) => {
        alive();
        heard(what, JSON.parse(event.data));
      });
    }
  }

  open();
}
