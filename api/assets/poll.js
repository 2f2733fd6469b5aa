// Asks again and again, and says when it has lost the connection. It must never end: a page may stay open for days,
// while the server restarts and the machine sleeps.

const LATE = 10_000;
const LONGEST_WAIT = 15_000;
// A page that nobody looks at asks rarely.
const HIDDEN_WAIT = 30_000;

// `url()` is what to ask for, `news(response)` takes an answer that changed and may be awaited, and `wait()` tells how many
// milliseconds to wait for the next one. Returns a function that asks at once.
export function poll({ url, accept, news, wait, gone }) {
  const banner = document.getElementById('connection');
  let tag = null;
  let timer = null;
  let failures = 0;
  let answeredAt = Date.now();
  let asking = null;

  async function ask() {
    clearTimeout(timer);
    // Whoever asks at once does not want the answer to an older question.
    asking?.abort();
    const mine = (asking = new AbortController());
    const late = setTimeout(() => mine.abort(), LATE);
    try {
      const headers = { accept, ...(tag && { 'if-none-match': tag }) };
      const response = await fetch(url(), { headers, signal: mine.signal, cache: 'no-store' });
      if (mine !== asking) return;
      renew(response.headers.get('drumbeat-version'));
      if (response.status === 401 || response.redirected) return location.reload();
      if (response.status === 404) return gone?.();
      if (!response.ok && response.status !== 304) throw new Error(`status ${response.status}`);
      if (response.status !== 304) {
        await news(response, mine.signal);
        // Only what was understood counts as known.
        tag = response.headers.get('etag');
      }
      failures = 0;
      answeredAt = Date.now();
    } catch {
      if (mine !== asking) return;
      failures += 1;
    } finally {
      clearTimeout(late);
      if (mine === asking) asking = null;
    }
    tell();
    timer = setTimeout(ask, pause());
  }

  function pause() {
    if (failures) return Math.min(LONGEST_WAIT, 500 * 2 ** failures);
    return document.hidden ? Math.max(HIDDEN_WAIT, wait()) : wait();
  }

  // One miss is no loss: it is told once the data is old.
  function tell() {
    const isLost = failures > 1;
    document.body.classList.toggle('stale', isLost);
    if (!banner) return;
    banner.hidden = !isLost;
    if (isLost) {
      const age = Math.round((Date.now() - answeredAt) / 1000);
      banner.textContent = `Lost the connection: showing what was known ${age} s ago. Trying again…`;
    }
  }

  // A page that was left open while the server was renewed is of the old version. Once a minute at most: behind a balancer
  // two versions may answer in turns.
  function renew(version) {
    if (!version || version === document.body.dataset.version || document.querySelector(':popover-open')) return;
    const now = Date.now();
    if (now - Number(sessionStorage.getItem('renewed') ?? 0) < 60_000) return;
    sessionStorage.setItem('renewed', now);
    location.reload();
  }

  setInterval(() => failures > 1 && tell(), 1000);
  const wake = () => !document.hidden && ask();
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  // A page that the back button brings back is as old as it was when it was left.
  addEventListener('pageshow', (event) => event.persisted && ask());
  timer = setTimeout(ask, 0);
  return ask;
}
