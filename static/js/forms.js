// Forms: sent once, answered in place where they ask for it, dialogs fetched when wanted.
import { $, listen, make, on } from './dom.js';
import { fetchPiece, refresh, replace, swap } from './fragments.js';
import { keep, take } from './toasts.js';
import { sent, settled } from './drafts.js';

const busy = new WeakSet();

function hold(form, button) {
  busy.add(form);
  button?.setAttribute('aria-busy', 'true');
}

function release(form, button) {
  busy.delete(form);
  button?.removeAttribute('aria-busy');
}

function complain(form, sentence) {
  $('[data-complaint]', form)?.remove();
  const note = make('p', { className: 'note bad', tabIndex: -1, textContent: sentence });
  note.dataset.complaint = '';
  note.setAttribute('role', 'alert');
  ($('.body', form) ?? form).prepend(note);
  note.focus();
}

async function send(form, button) {
  const region = $(form.dataset.fragment);
  const body = new FormData(form, button);
  const multipart = form.enctype === 'multipart/form-data';
  const url = button?.hasAttribute('formaction') ? button.formAction : form.action;
  hold(form, button);
  try {
    const { response, page } = await fetchPiece(url, 'form', {
      method: 'POST',
      body: multipart ? body : new URLSearchParams(body),
    });
    if (response.redirected) return arrive(form, region, response, page);
    const fresh = region && page.getElementById(region.id);
    if (response.ok) {
      settled(form);
      if (form.dataset.draft) form.reset();
    }
    if (fresh) {
      take(page);
      refresh(page);
      const node = replace(region, fresh);
      if (!response.ok) keepFiles(form);
      $('.note.sum', node)?.focus();
      if (response.ok) node.closest('dialog')?.close();
    } else if (response.ok) {
      take(page);
      refresh(page);
      form.closest('dialog')?.close();
    } else {
      const words = $('[role=alert], main h1, h1', page)?.textContent.trim();
      complain(form, words || 'That was not saved. Your text is still here. Try again in a moment.');
    }
  } catch {
    complain(form, 'There is no connection. Your text is still here. Try again when you are back.');
  } finally {
    release(form, button);
  }
}

/** No page can carry chosen files, so those of the form that came back go into the new one. */
function keepFiles(form) {
  for (const old of form.querySelectorAll('[type=file]')) {
    const fresh = old.id && document.getElementById(old.id);
    if (fresh && fresh !== old && old.files.length) fresh.files = old.files;
  }
}

/** The server sent us on: to this same page, which is brought up to date in place, or to another. */
function arrive(form, region, response, page) {
  const to = new URL(response.url);
  const signedOut = !page.body.classList.contains('app');
  if (!signedOut) settled(form);
  const fresh = region && page.getElementById(region.id);
  const dialog = form.closest('dialog');
  const here = to.pathname === location.pathname && to.search === location.search;
  if (here && (fresh || 'stay' in form.dataset)) {
    take(page);
    refresh(page);
    if (fresh) replace(region, fresh);
    dialog?.close();
  } else {
    keep(page);
    location.assign(response.url);
  }
}

listen(document, 'submit', event => {
  const form = event.target;
  const button = event.submitter;
  if (event.defaultPrevented || form.method === 'dialog') return;
  if (busy.has(form)) return event.preventDefault();
  if (form.method !== 'post') return;
  if (form.dataset.fragment && !form.target) {
    event.preventDefault();
    return send(form, button);
  }
  sent(form);
  if (form.target === '_blank') return;
  // The button's own name and value are read after this handler, so it stays enabled.
  hold(form, button);
  setTimeout(release, 10000, form, button);
});
listen(window, 'pageshow', event => {
  if (!event.persisted) return;
  for (const form of document.forms) release(form, $('[aria-busy=true]', form));
});

// A link to a page that has a dialog of its own: <a href="/cases/new" data-dialog>.
on('click', 'a[data-dialog]', (event, link) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openDialog(link.href, link);
});

/** Opens a page's dialog here, or goes to the page; afterwards the focus is on `opener` again. */
export async function openDialog(href, opener) {
  try {
    const { response, page } = await fetchPiece(href, 'dialog');
    const dialog = !page.getElementById('main') && $('dialog', page);
    if (!response.ok || !dialog) throw new Error('no dialog');
    document.getElementById(dialog.id)?.remove();
    document.body.append(document.adoptNode(dialog));
    dialog.addEventListener('close', () => { dialog.remove(); (opener.isConnected ? opener : document.getElementById(opener.id))?.focus(); }, { once: true });
    dialog.showModal();
    if (!$('[autofocus]', dialog)) $('form[method=post] :is(input:not([type=hidden]), select, textarea)', dialog)?.focus();
    dialog.dispatchEvent(new CustomEvent('swapped', { bubbles: true }));
  } catch {
    location.assign(href);
  }
}

// A part of the page that follows a choice: <select data-fills="/cases/new/subjects?customer=" data-into="#subjects">.
export function fill(control, value = control.value) {
  const into = control.dataset.into && $(control.dataset.into);
  if (into && control.dataset.fills) swap(into, control.dataset.fills + encodeURIComponent(value));
}
on('change', 'select[data-fills], [type=radio][data-fills]', (event, control) => fill(control));

// One value in two controls: the slider and its number name each other in data-twin.
on('input', '[data-twin]', (event, control) => {
  const twin = $(control.dataset.twin);
  if (twin && twin.value !== control.value) twin.value = control.value;
});

on('change', '[data-shows]', (event, box) => {
  const field = $(box.dataset.shows);
  if (field) field.type = box.checked ? 'text' : 'password';
});
