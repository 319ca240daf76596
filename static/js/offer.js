// The offer builder: figures follow the fields, and the server says what they come to. Words stay where they were typed.
import { $, calm, listen } from './dom.js';
import { fetchPiece, replace, swap } from './fragments.js';

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

  /** Another type or subject has other fields: the whole card comes anew. */
  const renew = async () => {
    asked?.abort();
    const query = new URLSearchParams({ type: form.elements.type.value, at_stake: form.elements.at_stake?.value ?? '' });
    card.setAttribute('aria-busy', 'true');
    await swap(card, `${card.dataset.look}?${query}`).catch(() => card.removeAttribute('aria-busy'));
  };

  const say = calm(600, () => {
    const said = $('#o-said', card)?.textContent ?? '';
    const live = $('#o-live', card);
    if (live && live.textContent !== said) live.textContent = said;
  });

  const look = calm(180, async () => {
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
    if (name === 'type' || name === 'at_stake') renew();
    else if (name === 'months') look();
  });
}
