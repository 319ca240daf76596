// Short names for what every module does with the page.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const listen = (target, types, handler, options) => {
  for (const type of types.split(' ')) target.addEventListener(type, handler, options);
};

/** Handles an event on whatever matches, now or later: on('click', '[data-x]', (event, element) => …). */
export function on(types, selector, handler, options) {
  listen(document, types, event => {
    const el = event.target.closest?.(selector);
    if (el) handler(event, el);
  }, options);
}

export function make(tag, props = {}, ...children) {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...children);
  return el;
}

export const shown = el => el.checkVisibility?.({ visibilityProperty: true }) ?? el.offsetParent !== null;
export const wide = () => matchMedia('(width >= 70rem)').matches;

/** Waits for a pause before it calls. */
export function calm(wait, run) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(run, wait, ...args);
  };
}

export function cookie(name, value) {
  const life = value ? 'max-age=31536000' : 'max-age=0';
  const secure = location.protocol === 'https:' ? ';secure' : '';
  document.cookie = `${name}=${value};path=/;samesite=lax;${life}${secure}`;
}

/** Says a sentence at once, to those who listen rather than look. */
export function alarm(sentence) {
  const box = $('#alerts');
  if (!box) return;
  box.textContent = '';
  setTimeout(() => { box.textContent = sentence; }, 50);
}

/** The hour on the server's clock face, as the page was given it. */
export const hhmm = (at = Date.now()) =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

/** Words that would be lost if this part of the page were replaced. */
export const unsent = root => $$('input, textarea, select', root).some(control => {
  if (control.disabled || control.matches('[type=hidden], [data-select]')) return false;
  if (control.matches('[type=checkbox], [type=radio]')) return control.checked !== control.defaultChecked;
  if (control.matches('select')) {
    const given = [...control.options].findIndex(option => option.defaultSelected);
    return control.selectedIndex !== Math.max(0, given);
  }
  return control.value !== control.defaultValue;
});
