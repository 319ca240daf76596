// A button that prints the page: what is folded is opened for the paper, and folded again after it.
import { $$, listen } from './dom.js';

export default function (button) {
  const opened = [];
  listen(window, 'beforeprint', () => {
    for (const fold of $$('main details.fold:not([open])')) {
      fold.open = true;
      opened.push(fold);
    }
  });
  listen(window, 'afterprint', () => {
    for (const fold of opened.splice(0)) fold.open = false;
  });
  listen(button, 'click', () => print());
  button.hidden = false;
}
