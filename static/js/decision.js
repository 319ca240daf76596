// The decision form: the button says what it does, the table follows the counter while it is typed.
import { $, $$, calm } from './dom.js';
import { swap } from './fragments.js';

export default function (form) {
  const says = $('[data-says]', form);
  const choices = $$('[name=decision]', form);
  const fields = $$('[data-counter]', form);
  const name = () => {
    const chosen = choices.find(choice => choice.checked);
    if (chosen && says) says.textContent = chosen.dataset.does;
  };
  const reckon = calm(250, () => {
    const table = document.getElementById('econ');
    if (!table) return;
    const typed = new URLSearchParams(fields.map(field => [field.name, field.value]));
    swap(table, `${form.dataset.econ}?${typed}`).catch(() => { /* the table stays as it was */ });
  });
  form.addEventListener('change', name);
  for (const field of fields) {
    field.addEventListener('input', () => {
      const counter = choices.find(choice => choice.value === 'counter');
      if (counter) counter.checked = true;
      name();
      reckon();
    });
  }
  name();
}
