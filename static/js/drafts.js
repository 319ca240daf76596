// What was half written is kept on this computer, per person, until it was sent: <form data-draft="case-…-attempt">.
import { $, $$, calm, hhmm, listen } from './dom.js';

const WEEK = 7 * 24 * 3600 * 1000;
const SENT = 'savedesk:sent';
const person = document.body.dataset.person;
// what is sent is not kept again by a pause that was still running
const done = new WeakSet();
const name = form => `savedesk:draft:${person}:${form.dataset.draft}`;
const failed = form => $('.note.sum, [aria-invalid=true]', form) !== null;
const fields = form => [...form.elements].filter(field =>
  field.name && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type));

function say(form, words) {
  const place = $('[data-draft-state]', form);
  if (place) place.textContent = words;
}

function save(form) {
  if (!form.isConnected || done.has(form)) return;
  const values = {};
  for (const field of fields(form)) {
    const list = values[field.name] ??= [];
    if (field.matches('[type=checkbox], [type=radio]')) { if (field.checked) list.push(field.value); }
    else list.push(field.value);
  }
  try {
    localStorage.setItem(name(form), JSON.stringify({ at: Date.now(), values }));
    say(form, `Draft kept ${hhmm()}`);
  } catch {
    say(form, 'This draft could not be kept on this computer');
  }
}

function restore(form) {
  const kept = JSON.parse(localStorage.getItem(name(form)) ?? 'null');
  if (!kept || failed(form)) return;
  for (const field of fields(form)) {
    const list = kept.values[field.name];
    if (!list) continue;
    if (field.matches('[type=checkbox], [type=radio]')) field.checked = list.includes(field.value);
    else if (field.matches('select')) { if (field.querySelector(`option[value="${CSS.escape(list[0] ?? '')}"]`)) field.value = list[0]; }
    else if (!field.defaultValue) field.value = list.shift() ?? '';
  }
  say(form, `Draft from ${hhmm(kept.at)}`);
}

/** The server has it: the draft is done. */
export function settled(form) {
  if (!form.dataset.draft) return;
  done.add(form);
  localStorage.removeItem(name(form));
  say(form, '');
}

/** On its way with a page load; the page that comes back tells whether it arrived. */
export function sent(form) {
  if (form.dataset.draft) sessionStorage.setItem(SENT, name(form));
}

function begin(root = document) {
  $$('form[data-draft]', root).forEach(restore);
}

if (person) {
  const waiting = sessionStorage.getItem(SENT);
  const back = performance.getEntriesByType('navigation')[0]?.type === 'back_forward';
  const lost = back || 'failed' in document.body.dataset || $$('form[data-draft]').some(form => name(form) === waiting && failed(form));
  if (waiting && !lost) localStorage.removeItem(waiting);
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith('savedesk:draft:')) continue;
    const { at } = JSON.parse(localStorage.getItem(key));
    if (Date.now() - at > WEEK) localStorage.removeItem(key);
  }
  begin();
  listen(document, 'swapped', event => begin(event.target.parentElement ?? document));
  const later = new WeakMap();
  listen(document, 'input change', event => {
    const form = event.target.form;
    if (!form?.dataset.draft) return;
    done.delete(form);
    if (!later.has(form)) later.set(form, calm(300, () => save(form)));
    later.get(form)();
  });
}
// On a page without a person (signed out, or an error) nothing arrived; the draft waits.
sessionStorage.removeItem(SENT);
