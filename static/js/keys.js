// Keys. Single ones are off while typing and where their owner turned them off; every key we take is ours alone.
import { $, $$, listen, shown } from './dom.js';
import { closePeek, current, move, openRow, peek, select, unselect } from './lists.js';
import { openDialog } from './forms.js';
import { openPalette } from './palette.js';

const TYPING = 'input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit]), select, textarea, [contenteditable]';
const single = () => document.body.dataset.singleKeys !== 'off';
let going = 0;

/** Uses a control as a click would, and leaves the focus where the work goes on. */
export function press(control) {
  if (control.matches('[aria-disabled=true], :disabled')) return;
  if (control.closest('.bulk') && !$('main input[data-select]:checked')) select(false);
  control.focus();
  if (control.matches('a, button, summary, label, [type=radio], [type=checkbox]')) control.click();
  const target = control.hash && control.pathname === location.pathname && document.getElementById(control.hash.slice(1));
  if (target) (target.matches(TYPING) ? target : $(TYPING, target) ?? target).focus();
}

function letter(event) {
  // On a layout that is not Latin the place of the key counts.
  if (/^[^\x20-\x7e]$/.test(event.key) && event.code.startsWith('Key')) return event.code.slice(3).toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function send() {
  const form = document.activeElement?.closest('form');
  if (!form || form.method === 'dialog') return false;
  const button = $('button.primary[type=submit], button.primary:not([type])', form) ?? $('[type=submit], button:not([type])', form);
  form.requestSubmit(button);
  return true;
}

function keyed(key) {
  return $$(`[data-key="${CSS.escape(key)}"]`).find(control => shown(control) || (control.closest('.bulk') && current()));
}

/** Whether the key was ours. */
function handle(event, key) {
  if (going && Date.now() - going < 1500) {
    going = 0;
    const place = $(`[data-go="${CSS.escape(key)}"]`);
    if (place) { place.click(); return true; }
  }
  if (key === 'g' && !event.shiftKey) { going = Date.now(); return true; }
  if (key === 'j' || key === 'k') { move(key === 'j' ? 1 : -1); return true; }
  if (key === 'x') return select(event.shiftKey);
  if (key === '/') { openPalette(); return true; }
  if (key === '?') { $('#keys')?.showModal(); return true; }
  const active = document.activeElement;
  const idle = active === document.body || active?.id === 'main' || active?.matches('.open');
  if (key === ' ' && idle) {
    const row = current();
    if (!row?.dataset.peekHref) return false;
    peek(row);
    return true;
  }
  if (key === 'Enter' && !active?.matches('.open') && idle) return openRow();
  // a list whose rows have a dialog for a key: <table data-row-key="f" data-row-href="/follow_ups/new?case=">
  const row = current();
  const list = row?.dataset.peekId && row.closest(`[data-row-key="${CSS.escape(key)}"]`);
  if (list && !event.shiftKey) {
    openDialog(list.dataset.rowHref + row.dataset.peekId, $('.open', row));
    return true;
  }
  const control = key.length === 1 && key !== ' ' && !event.shiftKey ? keyed(key) : null;
  if (control) press(control);
  return Boolean(control);
}

// On the window, so that whatever has the focus decides first.
listen(window, 'keydown', event => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = letter(event);
  const graph = event.getModifierState('AltGraph');
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !graph) {
    if (key === 'k') { event.preventDefault(); openPalette(); }
    if (key === 'Enter' && send()) event.preventDefault();
    return;
  }
  if (key === 'Escape') {
    if ($('dialog[open], [popover]:popover-open')) return;
    if (event.target.matches?.(TYPING)) { event.target.blur(); return; }
    if (unselect() || closePeek()) event.preventDefault();
    return;
  }
  if (event.altKey && !graph || !single() || $('dialog[open], [popover]:popover-open') || event.target.closest?.(TYPING)) return;
  if (handle(event, key)) event.preventDefault();
});
