// Search and commands in one place: Ctrl K, /, and the search field of the top bar.
import { $, $$, calm, listen, make, on, shown } from './dom.js';
import { fetchPiece } from './fragments.js';
import { press } from './keys.js';

const dialog = $('#cmdk');
const input = $('#cmdq');
const here = dialog && $('[data-here]', dialog);
const found = dialog && $('[data-found]', dialog);
let asked;

const options = () => $$('[role=option]', dialog).filter(option => !option.hidden && !option.closest('[hidden]'));

function choose(option) {
  for (const other of $$('[aria-selected=true]', dialog)) other.setAttribute('aria-selected', 'false');
  if (!option) return input.removeAttribute('aria-activedescendant');
  option.setAttribute('aria-selected', 'true');
  input.setAttribute('aria-activedescendant', option.id);
  option.scrollIntoView({ block: 'nearest' });
}

/** Ids for the options, the groups that have any, the first one chosen, and how many there are. */
function settle(announce) {
  $$('[role=option]', dialog).forEach((option, n) => { option.id = `cmd-${n}`; });
  for (const group of $$('[role=group]', dialog)) {
    group.hidden = $$('[role=option]', group).every(option => option.hidden);
  }
  const all = options();
  choose(all[0]);
  $('.none', dialog).hidden = all.length > 0;
  if (announce) $('[data-count]', dialog).textContent = all.length === 1 ? '1 result' : `${all.length} results`;
}

function narrow(words) {
  for (const option of $$('[role=group]:not([data-found]) [role=option]', dialog)) {
    option.hidden = words !== '' && !option.textContent.toLowerCase().includes(words);
  }
}

const ask = calm(80, async words => {
  asked?.abort();
  asked = new AbortController();
  try {
    const url = `${input.dataset.search}?q=${encodeURIComponent(words)}`;
    const { response, page } = await fetchPiece(url, 'search', { signal: asked.signal });
    if (!response.ok || input.value.trim() !== words) return;
    $('ul', found).replaceChildren(...$$('li', page).map(option => document.adoptNode(option)));
    settle(true);
  } catch { /* superseded, or offline: what the page knows itself still works */ }
});

function look() {
  const words = input.value.trim();
  narrow(words.toLowerCase());
  if (words && input.dataset.search) {
    ask(words);
  } else {
    asked?.abort();
    $('ul', found).replaceChildren();
  }
  settle(false);
}

/** What this page can do, read off its own buttons. */
function gather() {
  const list = $$('[data-key]').filter(control => shown(control) && !control.closest('dialog, .bulk')).map(control => {
    const label = (control.getAttribute('aria-label')
      ?? [...control.childNodes].filter(node => node.nodeName !== 'KBD').map(node => node.textContent).join('')).trim();
    const button = make('button', { type: 'button', tabIndex: -1 }, label);
    const icon = control.querySelector('svg.ico');
    if (icon) button.prepend(icon.cloneNode(true));
    if (document.body.dataset.singleKeys !== 'off') {
      button.append(make('span', { className: 'end' }, make('kbd', { textContent: control.dataset.key.toUpperCase() })));
    }
    button.addEventListener('click', () => { dialog.close(); press(control); });
    button.setAttribute('role', 'option');
    button.setAttribute('aria-selected', 'false');
    return make('li', {}, button);
  });
  $('ul', here).replaceChildren(...list);
}

export function openPalette(words = '') {
  if (!dialog || dialog.open || $('dialog:modal')) return;
  gather();
  input.value = words;
  dialog.showModal();
  look();
  input.focus();
}

if (dialog) {
  listen(input, 'input', look);
  listen(input, 'keydown', event => {
    const all = options();
    const at = all.findIndex(option => option.ariaSelected === 'true');
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      choose(all[(at + step % all.length + all.length) % all.length]);
    } else if (event.key === 'Enter' && all[at]) {
      event.preventDefault();
      event.stopPropagation();
      const target = all[at];
      if ((event.ctrlKey || event.metaKey) && target.href) window.open(target.href, '_blank', 'noopener');
      else target.click();
    }
  });
  on('pointermove', '#cmdk [role=option]', (event, option) => {
    if (option.ariaSelected !== 'true') choose(option);
  });
  on('click', '[data-cmdk]', () => openPalette());
  const find = $('#find');
  on('pointerdown', '#find', event => { event.preventDefault(); openPalette(find.value); });
  on('input', '#find', () => { openPalette(find.value); find.value = ''; });
}
