// What waits for its time, the next first. Hidden while nothing waits.

import * as api from './api.js';
import { $, clockTime, h, plural, replace, say } from './dom.js';
import { platform, TEMPLATE } from './platforms.js';
import { preview } from './preview.js';

const SHOWN = 100;

export class Scheduled {
  constructor({ now, manyHubs }) {
    this.now = now;
    this.manyHubs = manyHubs;
    this.items = [];
    this.turn = 0;
  }

  // Many changes make one question.
  changed() {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.load({ aloud: true });
    }, 120);
  }

  async load({ aloud = false } = {}) {
    this.turn += 1;
    const { turn } = this;
    let items;
    try {
      items = await api.scheduled();
    } catch {
      // The state of the connection says it.
      return;
    }
    if (turn !== this.turn) return;
    const more = items.length > this.items.length;
    this.items = items;
    this.draw();
    if (aloud && more)
      say(`${plural(items.length, 'notification')} scheduled. Next: ${clockTime(items[0].time, this.now())}`);
  }

  draw() {
    const focused = document.activeElement?.closest('#scheduled [data-notification]')?.dataset.notification;
    const at = this.rows?.findIndex((row) => row.dataset.notification === focused) ?? -1;
    this.rows = this.items.slice(0, SHOWN).map((item) => this.row(item));
    replace(
      $('scheduled'),
      this.rows,
      this.items.length > SHOWN
        ? h('li', { class: 'muted' }, `${plural(this.items.length - SHOWN, 'later one')} not shown`)
        : null,
    );
    $('count-scheduled').textContent = this.items.length || '';
    $('scheduled-next').textContent = this.items.length ? `next: ${clockTime(this.items[0].time, this.now())}` : '';
    $('scheduled-section').hidden = this.items.length === 0;
    if (focused === undefined) return;
    // Whoever stood on a row that is gone stands on the one in its place.
    const row =
      this.rows.find((row) => row.dataset.notification === focused) ?? this.rows[Math.min(at, this.rows.length - 1)];
    (row?.querySelector('button') ?? $('inbox-title')).focus();
  }

  row(item) {
    const kind = item.format === 'template' ? TEMPLATE : platform(item.format);
    const time = clockTime(item.time, this.now());
    const gist = item.format === 'template' ? item.payload : preview(item.format, item.payload).title;
    return h(
      'li',
      { 'data-notification': item.notification_id },
      h('time', { datetime: item.time }, time),
      h(
        'span',
        { class: 'scheduled-to' },
        h('strong', {}, kind.name),
        ` to ${item.tags ?? 'every device'}`,
        this.manyHubs() ? ` of ${item.hub}` : '',
      ),
      h('span', { class: 'scheduled-gist', title: item.payload }, gist.slice(0, 200)),
      h(
        'button',
        {
          type: 'button',
          class: 'button small',
          'aria-label': `Cancel: ${kind.name} at ${time}, ${gist.slice(0, 80)}`,
          click: () => this.cancel(item),
        },
        'Cancel',
      ),
    );
  }

  async cancel({ notification_id }) {
    try {
      await api.cancelScheduled(notification_id);
      say('Cancelled');
    } catch (why) {
      say(why.status === 404 ? 'Too late: it is no longer scheduled' : why.message);
    }
    await this.load();
  }
}
