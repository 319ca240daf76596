// Deadlines in words stay true: <time datetime="…" data-ticks>. The server says which are relative; the hour of the
// server counts, not the one of this computer.
import { $$, alarm, listen } from './dom.js';

// A page taken from the history carries an old hour; then this computer's has to do.
const old = performance.getEntriesByType('navigation')[0]?.type === 'back_forward';
const ahead = old ? 0 : Number(document.body.dataset.now || Date.now()) - Date.now();
export const serverNow = () => Date.now() + ahead;

const words = minutes => {
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours} h ${String(minutes % 60).padStart(2, '0')} m` : `${minutes} m`;
};

function tick() {
  for (const time of $$('time[data-ticks]')) {
    const left = (Date.parse(time.dateTime) - serverNow()) / 60000;
    const minutes = Math.floor(Math.abs(left));
    if (minutes >= 24 * 60) continue;
    const late = left < 0;
    const { ahead: before = '', late: after = '' } = time.dataset;
    const text = late ? `${after}${words(Math.max(1, minutes))} late` : `${before}${words(minutes)}`;
    if (time.textContent !== text) time.textContent = text;
    const chip = time.closest('.sla');
    if (late && chip && !chip.classList.contains('bad') && time.closest('.casehead')) alarm('This case is now overdue.');
    chip?.classList.toggle('bad', late);
    chip?.classList.toggle('warn', !late && left < 120);
  }
}
tick();
setInterval(tick, 15000);
listen(document, 'swapped visibilitychange', tick);
