// As-you-type choice of a customer: <input data-combobox="/customers/match"> and the hidden field that follows it.
// Options are <li role="option" data-value="…" data-label="…">; one with data-shows="#new-customer" opens that part.
import { $, $$, calm, listen, make, on } from './dom.js';
import { fetchPiece } from './fragments.js';
import { fill } from './forms.js';

const asked = new WeakMap();
let serial = 0;

function listOf(input) {
  let list = document.getElementById(input.getAttribute('aria-controls'));
  if (!list) {
    list = make('ul', { id: `combo-${serial++}`, hidden: true });
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', 'Matches');
    input.parentElement.append(list, make('span', { className: 'sr', role: 'status' }));
    for (const [key, value] of Object.entries({ role: 'combobox', 'aria-controls': list.id, 'aria-autocomplete': 'list', 'aria-expanded': 'false' })) {
      input.setAttribute(key, value);
    }
  }
  return list;
}

const hidden = input => $('input[type=hidden]', input.parentElement);

function expand(input, open) {
  listOf(input).hidden = !open;
  input.setAttribute('aria-expanded', String(open));
  if (!open) input.removeAttribute('aria-activedescendant');
}

function point(input, option) {
  for (const other of $$('[aria-selected=true]', listOf(input))) other.setAttribute('aria-selected', 'false');
  if (!option) return input.removeAttribute('aria-activedescendant');
  option.setAttribute('aria-selected', 'true');
  input.setAttribute('aria-activedescendant', option.id);
  option.scrollIntoView({ block: 'nearest' });
}

function take(input, option) {
  const { value = '', label = input.value, shows } = option.dataset;
  input.value = label;
  hidden(input).value = value;
  for (const other of $$('[data-shows]', listOf(input))) $(other.dataset.shows)?.toggleAttribute('hidden', other !== option);
  expand(input, false);
  const part = shows && $(shows);
  if (part?.matches('details')) part.open = true;
  const first = part && $('input, select, textarea', part);
  if (first?.type === 'text' && !first.value) first.value = label;
  first?.focus();
  fill(input, value);
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

const ask = calm(80, async input => {
  const words = input.value.trim();
  asked.get(input)?.abort();
  if (!words) return expand(input, false);
  const control = new AbortController();
  asked.set(input, control);
  try {
    const url = `${input.dataset.combobox}?q=${encodeURIComponent(words)}`;
    const { response, page } = await fetchPiece(url, 'options', { signal: control.signal });
    if (!response.ok || document.activeElement !== input) return;
    const list = listOf(input);
    const inHand = $('[aria-selected=true]', list)?.dataset.value;
    list.replaceChildren(...$$('[role=option]', page).map(option => document.adoptNode(option)));
    $$('[role=option]', list).forEach((option, n) => {
      option.id = `${list.id}-${n}`;
      option.setAttribute('aria-selected', 'false');
    });
    const n = list.childElementCount;
    list.nextElementSibling.textContent = n === 1 ? '1 match' : `${n} matches`;
    point(input, inHand && $$('[role=option]', list).find(option => option.dataset.value === inHand));
    expand(input, n > 0);
  } catch { /* superseded, or offline: what was typed is sent as it stands */ }
});

on('input', '[data-combobox]', (event, input) => {
  listOf(input);
  hidden(input).value = '';
  ask(input);
});
on('keydown', '[data-combobox]', (event, input) => {
  const list = listOf(input);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (list.hidden) {
    if (step) ask(input);
    return;
  }
  const all = $$('[role=option]', list);
  const at = all.findIndex(option => option.ariaSelected === 'true');
  if (step) {
    event.preventDefault();
    point(input, all[(at + step + (at < 0 && step < 0 ? 1 : 0) + all.length) % all.length]);
  } else if (event.key === 'Enter' && all[at] && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    take(input, all[at]);
  } else if (event.key === 'Escape') {
    event.preventDefault();
    event.stopPropagation();
    expand(input, false);
  }
});
// Pressing an option must not take the focus away first.
on('pointerdown', '.combo [role=option]', (event, option) => {
  event.preventDefault();
  take($('[data-combobox]', option.closest('.combo')), option);
});
listen(document, 'focusout', event => {
  if (event.target.matches?.('[data-combobox]')) expand(event.target, false);
});
