// News from the server: it says what changed, the page fetches it, and never under a hand that is writing.
import { $, $$, alarm, hhmm, listen, make, on, unsent } from './dom.js';
import { swap } from './fragments.js';
import { serverNow } from './clock.js';
import { toast } from './toasts.js';

const url = document.body.dataset.live;
const light = $('#live');
// A page that only hears of notices says nothing while all is well.
const silent = url?.endsWith('topic=notices');
const banner = $('.offline');
let source, down, timers = [], tries = 0, waiting;

function connect() {
  clearTimeout(waiting);
  source?.close();
  source = new EventSource(url);
  source.onopen = up;
  source.onerror = lost;
  source.addEventListener('changed', event => changed(JSON.parse(event.data)));
  source.addEventListener('queue', event => news(event.data));
  source.addEventListener('viewers', event => viewers(JSON.parse(event.data)));
}

function up() {
  tries = 0;
  timers.forEach(clearTimeout);
  light.hidden = silent;
  light.classList.remove('bad');
  light.textContent = 'Live';
  if (!down) return;
  if (!banner.hidden) toast('The connection is back.');
  banner.hidden = true;
  down = null;
  // Whatever was said meanwhile was not heard.
  $$('[data-live-topic][data-live-href]').forEach(renew);
}

function lost() {
  source.close();
  if (!down) {
    down = Date.now();
    timers = [setTimeout(dim, 5000), setTimeout(warn, 15000)];
  }
  const wait = Math.min(30000, 1000 * 2 ** tries++);
  waiting = setTimeout(connect, wait / 2 + Math.random() * wait / 2);
}

function dim() {
  light.hidden = false;
  light.classList.add('bad');
  light.textContent = 'Reconnecting';
}

async function warn() {
  let words = `No connection since ${hhmm(down)}. You can read this page. What you write is kept on this computer.`;
  try {
    const answer = await fetch(location.href, { method: 'HEAD', redirect: 'manual', cache: 'no-store' });
    if (answer.type === 'opaqueredirect' || answer.status === 401) words = 'Your session has ended. What you wrote is kept on this computer. Open this page again to sign in.';
    else if (answer.ok) words = 'News does not arrive at the moment. What you see may be old; saving works.';
  } catch { /* offline, as said */ }
  if (!down) return;
  $('span', banner).textContent = words;
  banner.hidden = false;
  alarm(words);
}

function pause() {
  clearTimeout(waiting);
  source?.close();
  source = null;
}

// A part of the page about what changed: <section id="…" data-live-topic="case:…" data-live-also="limits" data-live-href="…">.

/** Whether somebody works in it. A heading has the focus only because what had it before was replaced. */
function works(el) {
  const active = document.activeElement;
  return el.contains(active) && active !== el && !active.matches('h1, h2');
}

const due = new Map();
function renew(el) {
  clearTimeout(due.get(el));
  due.set(el, setTimeout(async () => {
    due.delete(el);
    if (!el.isConnected) return;
    const held = 'liveCalm' in el.dataset && el.matches(':hover');
    // asked again when the fresh one has come: a hand may have begun meanwhile
    const inHand = () => $(':popover-open', el) || works(el) || unsent(el);
    if (held || inHand()) {
      el.dataset.stale = '';
      return;
    }
    await swap(el, el.dataset.liveHref, { unless: inHand }).catch(() => { el.dataset.stale = ''; });
  }, 100 + Math.random() * 300));
}

function changed({ topic, version }) {
  // Some news was missed: everything may be old.
  const name = CSS.escape(topic);
  const which = topic === '*' ? '[data-live-topic]' : `:is([data-live-topic="${name}"], [data-live-also~="${name}"])`;
  for (const el of $$(`${which}[data-live-href]`)) {
    if (version && Number(el.dataset.liveVersion) >= version) continue;
    renew(el);
  }
}

// What was held back while someone wrote in it comes when they leave it and nothing is unsent.
listen(document, 'focusout', event => {
  const el = event.target.closest?.('[data-stale]');
  if (el) renew(el);
});

// What was held back while the pointer was over it, <div data-live-calm>, comes when it has left.
listen(document, 'pointerout', event => {
  const el = event.target.closest?.('[data-live-calm][data-stale]');
  if (el && !el.contains(event.relatedTarget)) renew(el);
});

// New rows wait above the list: <div class="list" data-live-fresh="10:40">.

let fresh = 0;
function news(data) {
  const list = $('[data-live-fresh]');
  if (!list) return;
  let more = 1;
  try { more = JSON.parse(data).count ?? 1; } catch { /* one, then */ }
  fresh += more;
  const words = `${fresh === 1 ? '1 new case' : `${fresh} new cases`} since ${list.dataset.liveFresh || hhmm(serverNow())}, show ${fresh === 1 ? 'it' : 'them'}`;
  let link = $('.news .fresh', list);
  if (!link) {
    link = make('a', { className: 'fresh', href: location.href });
    const slot = make('div', { className: 'news' }, link);
    const table = $('table, .picks', list);
    if (table) table.before(slot); else list.append(slot);
  }
  link.textContent = words;
  const status = $('#toasts');
  if (fresh === more && status) {
    const said = make('span', { className: 'sr', textContent: words });
    status.append(said);
    setTimeout(() => said.remove(), 3000);
  }
}

function viewers(names) {
  const others = names.filter(name => name !== document.body.dataset.person);
  const more = others.length - 2;
  const words = others.length === 0 ? ''
    : others.length === 1 ? `${others[0]} is viewing`
    : `${others[0]} and ${more > 0 ? `${more + 1} others` : others[1]} are viewing`;
  for (const place of $$('[data-viewers]')) place.textContent = words;
}

if (url && light) {
  connect();
  on('click', '[data-retry]', () => { tries = 0; connect(); });
  listen(window, 'online', () => { if (down) connect(); });
  listen(window, 'pagehide', pause);
  listen(window, 'pageshow', event => { if (event.persisted) connect(); });
  // A browser gives one server few streams; a tab nobody looks at gives its own back.
  let away;
  listen(document, 'visibilitychange', () => {
    clearTimeout(away);
    if (document.hidden) away = setTimeout(pause, 30000);
    else if (!source) { down ??= Date.now(); connect(); }
  });
}
