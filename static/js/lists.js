// Lists: moving, selecting for bulk actions, and the preview beside them.
import { $, $$, calm, listen, on, shown, wide } from './dom.js';
import { fetchPiece } from './fragments.js';

const rows = () => $$('main .open').filter(shown);
const rowOf = el => el?.closest('tr, li');

/** The row in hand: the one with focus, else the one in preview. */
export const current = () => rowOf(document.activeElement?.closest('main tr, main li'))
  ?? rowOf($('main [aria-selected=true] .open, main .open[aria-current]'));

const follow = calm(150, row => { if (row.isConnected && wide() && $('.peek')) peek(row); });

export function move(step) {
  const links = rows();
  if (!links.length) return;
  const at = links.indexOf(current()?.querySelector('.open') ?? null);
  const next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + step))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
  const row = rowOf(next);
  if (row?.dataset.peekHref && $('.peek')) follow(row);
}

export function openRow() {
  const link = current()?.querySelector('a.open');
  link?.click();
  return Boolean(link);
}

// Preview

let asked;
export async function peek(row) {
  const split = row.closest('.split');
  if (!split || !row.dataset.peekHref) return false;
  asked?.abort();
  asked = new AbortController();
  try {
    const { response, page } = await fetchPiece(row.dataset.peekHref, 'peek', { signal: asked.signal });
    if (!response.ok) throw new Error(response.status);
    const fresh = $('.peek', page) ?? Object.assign(document.createElement('aside'), { className: 'peek' });
    if (!fresh.childElementCount) fresh.append(...page.body.childNodes);
    const node = document.adoptNode(fresh);
    node.classList.add('show');
    const old = $('.peek', split);
    if (old) old.replaceWith(node); else split.append(node);
    split.dataset.peek = '';
    mark(split, row);
    remember(row.dataset.peekId ?? row.id);
    node.dispatchEvent(new CustomEvent('swapped', { bubbles: true }));
  } catch (error) {
    if (error.name !== 'AbortError') $('a.open', row)?.click();
  }
  return true;
}

function mark(split, row) {
  for (const other of $$('[data-peek-href]', split)) {
    if (other === row) other.setAttribute('aria-selected', 'true'); else other.removeAttribute('aria-selected');
  }
}

function remember(id) {
  const url = new URL(location);
  if (id) url.searchParams.set('peek', id); else url.searchParams.delete('peek');
  history.replaceState(history.state, '', url);
}

export function closePeek() {
  const panel = $('.peek');
  if (!panel || !shown(panel)) return false;
  const split = panel.closest('.split');
  const row = $('[data-peek-href][aria-selected=true]', split);
  const held = panel.contains(document.activeElement);
  panel.remove();
  delete split.dataset.peek;
  mark(split, null);
  remember('');
  if (held) $('.open', row ?? split)?.focus();
  return true;
}

on('click', '[data-peek-close]', closePeek);
on('click', '[data-peek-href]', (event, row) => {
  if (event.target.closest('a, button, input, label, select, textarea, summary')) return;
  if (String(getSelection())) return;
  peek(row);
});

// Bulk

const boxes = () => $$('main input[data-select]').filter(shown);
let last = null;

function range(to, checked) {
  const all = boxes();
  const [a, b] = [all.indexOf(last), all.indexOf(to)].sort((x, y) => x - y);
  if (a >= 0) all.slice(a, b + 1).forEach(box => { box.checked = checked; });
}

function count() {
  const all = boxes();
  const n = all.filter(box => box.checked).length;
  for (const place of $$('[data-bulk-count]')) place.textContent = `${n} selected`;
  for (const box of $$('[data-select-all]')) {
    box.checked = n > 0 && n === all.length;
    box.indeterminate = n > 0 && n < all.length;
  }
}

export function select(ranged) {
  const row = current();
  const box = row?.querySelector('input[data-select]');
  if (!box) {
    // what is ticked off at once: <button data-tick>
    const tick = row?.querySelector('[data-tick]');
    tick?.click();
    return Boolean(tick);
  }
  box.checked = ranged && last ? true : !box.checked;
  if (ranged) range(box, true);
  last = box;
  count();
  return true;
}

export function unselect() {
  const on = boxes().filter(box => box.checked);
  on.forEach(box => { box.checked = false; });
  count();
  return on.length > 0;
}

on('click', 'input[data-select]', (event, box) => {
  if (event.shiftKey) range(box, box.checked);
  last = box;
  count();
});
on('change', '[data-select-all]', (event, all) => {
  boxes().forEach(box => { box.checked = all.checked; });
  count();
});
on('click', '[data-bulk-clear]', unselect);
listen(document, 'swapped', count);
listen(window, 'pageshow', count);
