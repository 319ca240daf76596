// Sentences about what was done, with a way back where there is one. Never errors.
import { $, $$, make } from './dom.js';

const STAY = 8000;
const KEPT = 'savedesk:toasts';

function show(node) {
  const box = $('#toasts');
  if (!box) return;
  box.append(node);
  let timer;
  const leave = () => { timer = setTimeout(() => node.remove(), STAY); };
  const stay = () => clearTimeout(timer);
  node.addEventListener('pointerenter', stay);
  node.addEventListener('focusin', stay);
  node.addEventListener('pointerleave', leave);
  node.addEventListener('focusout', leave);
  leave();
}

export function toast(sentence) {
  show(make('div', { className: 'toast', textContent: sentence }));
}

/** Moves the toasts of a fetched page into this one. */
export function take(page) {
  for (const node of $$('#toasts > .toast', page)) show(document.adoptNode(node));
}

/** Keeps the toasts of a fetched page for the page we are about to go to. */
export function keep(page) {
  const sentences = $$('#toasts > .toast', page).map(node => node.firstChild?.textContent.trim() ?? '');
  if (sentences.length) sessionStorage.setItem(KEPT, JSON.stringify(sentences));
}

// What came with the page is put in again, so that it is announced, and leaves in time.
const arrived = $$('#toasts > .toast');
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
sessionStorage.removeItem(KEPT);
for (const node of arrived) node.remove();
setTimeout(() => {
  arrived.forEach(show);
  kept.filter(sentence => !arrived.some(node => node.textContent.includes(sentence))).forEach(toast);
}, 100);
