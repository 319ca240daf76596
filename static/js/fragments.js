// Pieces of pages from our own server, parsed as documents and moved in as nodes.
import { $, $$, unsent } from './dom.js';
import { take } from './toasts.js';

/** Fetches a piece of a page. `name` tells the server how little will do. */
export async function fetchPiece(url, name, options = {}) {
  const response = await fetch(url, {
    ...options,
    headers: { Accept: 'text/html', 'X-Fragment': name, ...options.headers },
  });
  const type = response.headers.get('Content-Type') ?? '';
  let html = type.includes('html') ? await response.text() : '';
  // Rows alone are no document: without a table around them the parser drops their cells.
  if (/^\s*<(tr|tbody)\b/i.test(html)) html = `<table>${html}</table>`;
  const page = new DOMParser().parseFromString(html, 'text/html');
  return { response, page };
}

/** Puts `fresh` where `old` was. Focus stays on the same id, or goes to the next row, or to the heading. */
export function replace(old, fresh) {
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const after = active && $$('.open[id]', old).filter(link => active.compareDocumentPosition(link) & 4).map(link => link.id);
  const node = document.adoptNode(fresh);
  old.replaceWith(node);
  if (active) {
    const heir = [active.id, ...after].map(id => id && document.getElementById(id)).find(Boolean)
      ?? $('.note.sum', node) ?? $('h1, h2', node) ?? $('h1');
    if (heir && !heir.matches('a, button, input, select, textarea, [tabindex]')) heir.tabIndex = -1;
    heir?.focus({ preventScroll: true });
  }
  node.dispatchEvent(new CustomEvent('swapped', { bubbles: true }));
  return node;
}

// Of two that are fetched for one place, the one asked for last is shown.
const asked = new Map();

/** Fetches `url` and replaces `el` by the element of its id, or by the first one of its kind; `unless` something is open. */
export async function swap(el, url, { unless, ...options } = {}) {
  const [place, turn] = [el.id || el, {}];
  asked.set(place, turn);
  el.setAttribute('aria-busy', 'true');
  try {
    const { response, page } = await fetchPiece(url, el.id || 'piece', options);
    if (asked.get(place) !== turn) return null;
    const fresh = (el.id && page.getElementById(el.id)) || (!page.getElementById('main') && $(el.localName, page.body));
    if (!response.ok || !fresh) return null;
    if (unless?.()) {
      el.dataset.stale = '';
      return null;
    }
    take(page);
    return replace(el, fresh);
  } finally {
    if (asked.get(place) === turn) {
      asked.delete(place);
      el.removeAttribute('aria-busy');
    }
  }
}

/** Brings what else changed with it up to date: live parts that nobody is writing in. */
export function refresh(page) {
  for (const fresh of $$('[id][data-live-topic]', page)) {
    const old = document.getElementById(fresh.id);
    if (old && !old.contains(document.activeElement) && !unsent(old)) replace(old, fresh);
  }
}
