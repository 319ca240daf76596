// The shell: theme, rail, dialogs where the browser needs help, tabs.
import { $, $$, cookie, on } from './dom.js';

const root = document.documentElement;

on('click', '[data-theme-set]', (event, button) => {
  const theme = button.dataset.themeSet;
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  cookie('theme', theme);
  $('meta[name=color-scheme]').content = theme || 'light dark';
  for (const other of $$('[data-theme-set]')) other.setAttribute('aria-pressed', String(other.dataset.themeSet === theme));
});

on('click', '[data-nav-toggle]', (event, button) => {
  const rail = root.dataset.nav !== 'rail';
  if (rail) root.dataset.nav = 'rail'; else delete root.dataset.nav;
  cookie('nav', rail ? 'rail' : '');
  button.setAttribute('aria-pressed', String(rail));
});

// A menu gives way to the dialog it opens.
on('click', '[popover] [commandfor], [popover] a', (event, el) => el.closest('[popover]').hidePopover());

if (!('command' in HTMLButtonElement.prototype)) {
  on('click', '[commandfor]', (event, button) => {
    const target = document.getElementById(button.getAttribute('commandfor'));
    if (button.getAttribute('command') === 'show-modal') target?.showModal();
    if (button.getAttribute('command') === 'close') target?.close();
  });
}

// A click beside a dialog closes it, unless something was written in it.
on('click', 'dialog[open]', (event, dialog) => {
  if (event.target === dialog && !$('form[method=post]', dialog)) dialog.close();
});

// Tabs whose panels are all here; a tab that is a link and has none goes to its page.
function choose(tab) {
  const panel = document.getElementById(tab.getAttribute('aria-controls'));
  if (!panel) return false;
  for (const other of $$('[role=tab]', tab.closest('[role=tablist]'))) {
    other.setAttribute('aria-selected', String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    const own = document.getElementById(other.getAttribute('aria-controls'));
    if (own && own !== panel) own.hidden = true;
  }
  panel.hidden = false;
  return true;
}
on('click', '[role=tab]', (event, tab) => { if (choose(tab)) event.preventDefault(); });
// A link to a field behind a tab opens that tab first: <a href="#a-response" data-tab="#tab-attempt">.
on('click', 'a[data-tab]', (event, link) => {
  const tab = $(link.dataset.tab);
  const field = document.getElementById(link.hash.slice(1));
  if (!tab || !field || !choose(tab)) return;
  event.preventDefault();
  field.scrollIntoView({ block: 'center' });
  field.focus({ preventScroll: true });
});
on('keydown', '[role=tab]', (event, tab) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tabs = $$('[role=tab]', tab.closest('[role=tablist]'));
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  next.focus();
  choose(next);
});
