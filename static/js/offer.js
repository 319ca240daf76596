// The offer builder: figures follow the fields, and the server says what they come to. Words stay where they were typed.
import { $, calm, listen } from './dom.js';
import { fetchPiece, replace } from './fragments.js';

// What asks the server anew; words (what it is about, why it is worth it) never travel in an address.
const FIGURES = ['type', 'at_stake', 'value', 'months', 'offer', 'seen'];

export default function offer(card) {
  const form = $('form', card);
  if (!form) return;
  $('[data-check]', card)?.remove();
  let asked;
  let words = '';

  const address = () => {
    const query = new URLSearchParams();
    for (const name of FIGURES) {
      const field = form.elements[name];
      if (field) query.set(name, field.value);
    }
    return `${card.dataset.look}?${query}`;
  };

  const subject = () => `${new URLSearchParams({ type: form.elements.type.value, at_stake: form.elements.at_stake?.value ?? '' })}`;

  /** Another type or subject has other fields: the whole card comes anew, once whoever types the name of one is through. */
  let before, renewing;
  const renew = calm(300, async () => {
    asked?.abort();
    const query = subject();
    card.setAttribute('aria-busy', 'true');
    try {
      const { response, page } = await fetchPiece(`${card.dataset.look}?${query}`, card.id);
      const fresh = page.getElementById(card.id);
      if (!response.ok || !fresh || !card.isConnected || query !== subject()) return;
      // a number that was typed for the new type meanwhile
      const typed = form.elements.value?.value;
      const field = $('#o-value', replace(card, fresh));
      if (!field || !typed || typed === before) return;
      field.value = typed;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    } catch { /* offline: the card stays as it was */ } finally {
      renewing = false;
      card.removeAttribute('aria-busy');
    }
  });

  const say = calm(600, () => {
    const said = $('#o-said', card)?.textContent ?? '';
    const live = $('#o-live', card);
    if (live && live.textContent !== said) live.textContent = said;
  });

  const look = calm(180, async () => {
    // what is on the card then is asked about then
    if (renewing) return;
    asked?.abort();
    asked = new AbortController();
    card.dataset.liveHref = address();
    try {
      const { response, page } = await fetchPiece(address(), 'offer', { signal: asked.signal });
      if (!response.ok || !card.isConnected) return;
      for (const id of ['o-zones', 'o-scale', 'o-value-h', 'offer-answer']) {
        const [old, fresh] = [$(`#${id}`, card), page.getElementById(id)];
        if (!old || !fresh) continue;
        $('[data-check]', fresh)?.remove();
        if (id === 'offer-answer') keepWords(old, fresh);
        replace(old, fresh);
      }
      const [range, newer] = [$('#o-range', card), page.getElementById('o-range')];
      if (range && newer) {
        range.max = newer.max;
        range.step = newer.step;
        if (document.activeElement !== range) range.value = newer.value;
      }
      say();
    } catch { /* superseded, or offline: the server checks again when it is sent */ }
  });

  /** What was written for the approver is not lost while the number passes through one's own limit. */
  const keepWords = (old, fresh) => {
    words = $('#o-words', old)?.value ?? words;
    const field = $('#o-words', fresh);
    if (field && words) field.value = words;
  };

  listen(form, 'input', event => {
    const { name, id } = event.target;
    if (name === 'value' || id === 'o-range') look();
  });
  listen(form, 'change', event => {
    const { name } = event.target;
    if (name === 'type' || name === 'at_stake') {
      before = form.elements.value?.value;
      renewing = true;
      renew();
    }
    else if (name === 'months') look();
  });
}
