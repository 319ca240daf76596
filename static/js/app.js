// Everything here makes plain pages faster to use; every page also works without it.
import { $, $$, listen } from './dom.js';
import './shell.js';
import './toasts.js';
import './forms.js';
import './drafts.js';
import './lists.js';
import './palette.js';
import './combobox.js';
import './keys.js';
import './clock.js';
import './live.js';

// A page's own script: <div data-module="headroom"> runs the default export of headroom.js with the element.
const started = new WeakSet();
function start() {
  for (const el of $$('[data-module]')) {
    if (started.has(el)) continue;
    started.add(el);
    import(`./${el.dataset.module.replace(/[^a-z_-]/g, '')}.js`).then(module => module.default(el));
  }
}
start();
listen(document, 'swapped', start);

// After a form that did not pass, the reader starts at what to mend.
$('.note.sum')?.focus();
