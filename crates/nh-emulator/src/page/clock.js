// The emulator's clock: shown, and moved by hand. What is due then has been sent.

import * as api from './api.js';
import { $, h, icon, replace, say } from './dom.js';

const STEPS = [
  ['1 min', 60],
  ['10 min', 600],
  ['1 h', 3600],
  ['1 day', 86_400],
  ['7 days', 604_800],
];

export class Clock {
  constructor() {
    this.ahead = 0;
    this.offset = 0;
    this.face = h('span', { class: 'clock-face' });
    replace($('clock-button'), icon('clock'), h('span', { class: 'sr' }, 'The emulator’s clock: '), this.face);
    const exact = h('input', { type: 'datetime-local', step: '1', 'aria-label': 'Set the clock to' });
    this.state = h('p', { class: 'muted' });
    replace(
      $('clock'),
      h('h2', {}, 'The emulator’s clock'),
      this.state,
      h(
        'div',
        { class: 'steps', role: 'group', 'aria-label': 'Advance by' },
        STEPS.map(([name, seconds]) =>
          h(
            'button',
            {
              type: 'button',
              class: 'button small',
              click: () => this.move({ advance_seconds: seconds }, `Advanced by ${name}`),
            },
            `+${name}`,
          ),
        ),
      ),
      h(
        'div',
        { class: 'steps' },
        exact,
        h(
          'button',
          {
            type: 'button',
            class: 'button small',
            click: () => exact.value && this.move({ now: new Date(exact.value).toISOString() }, 'Clock set'),
          },
          'Set',
        ),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'button small',
          click: () => this.move({ reset: true }, 'Clock back to the real time'),
        },
        'Back to the real time',
      ),
      h(
        'p',
        { class: 'field-note' },
        'Scheduled notifications that fall due are sent at once. Tokens never expire early.',
      ),
    );
    setInterval(() => this.tick(), 1000);
  }

  now() {
    return new Date(Date.now() + this.ahead);
  }

  take({ now, offset_seconds }) {
    this.ahead = new Date(now).valueOf() - Date.now() || 0;
    this.offset = offset_seconds ?? 0;
    this.tick();
  }

  tick() {
    const now = this.now();
    const time = now.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
    const day =
      now.toDateString() === new Date().toDateString()
        ? ''
        : `${now.toLocaleDateString([], { day: 'numeric', month: 'short' })} `;
    this.face.textContent = day + time;
    $('clock-button').classList.toggle('moved', this.offset !== 0);
    this.state.textContent =
      this.offset === 0
        ? `${now.toLocaleString([], { hour12: false })}, the real time`
        : `${now.toLocaleString([], { hour12: false })}, ${spoken(this.offset)} from the real time`;
  }

  async move(how, said) {
    try {
      this.take(await api.moveClock(how));
      say(said);
    } catch (why) {
      this.state.textContent = why.message;
    }
  }
}

function spoken(seconds) {
  const size = Math.abs(seconds);
  const [n, unit] = size >= 86_400 ? [size / 86_400, 'd'] : size >= 3600 ? [size / 3600, 'h'] : [size / 60, 'min'];
  return `${seconds < 0 ? '−' : '+'}${Number(n.toFixed(1))} ${unit}`;
}
