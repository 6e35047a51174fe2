// What the devices received, newest first.

import * as api from './api.js';
import { $, clockTime, h, icon, plural, replace, say } from './dom.js';
import { WindowedList } from './list.js';
import { PLATFORMS, platform, shortHandle } from './platforms.js';
import { preview } from './preview.js';
import { matches, parseSearch, term, toQuery } from './search.js';

const PAGE = 400;
// Until a row has been measured.
const ESTIMATES = { apple: 118, windows: 190, windowsphone: 100 };

export class Inbox {
  constructor({ open, now, manyHubs, send }) {
    this.open = open;
    this.manyHubs = manyHubs;
    this.send = send;
    this.now = now;
    this.items = [];
    this.filter = {};
    this.device = null;
    this.complete = false;
    this.loading = 0;
    this.announced = [];
    this.meanwhile = [];
    this.scroller = $('inbox-scroller');
    this.list = new WindowedList({
      scroller: this.scroller,
      host: $('feed'),
      render: (delivery) => this.row(delivery),
      estimate: (delivery) => ESTIMATES[delivery.platform] ?? 130,
      nearEnd: () => this.older(),
      open: (delivery) => this.open(delivery),
      setSize: () => (this.complete ? this.items.length : -1),
    });
    for (const [word, { name }] of Object.entries(PLATFORMS))
      $('platform-filter').append(h('option', { value: word }, name));
    $('search').addEventListener('input', () => this.searched());
    $('platform-filter').addEventListener('change', () => this.searched());
    $('search-form').addEventListener('submit', (event) => {
      event.preventDefault();
      clearTimeout(this.typing);
      this.refilter();
    });
    $('search').addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.list.focus(0);
    });
    this.scroller.addEventListener('scroll', () => this.scroller.scrollTop < 40 && this.seenNewest(), {
      passive: true,
    });
    $('newer').addEventListener('click', () => {
      this.scroller.scrollTop = 0;
      this.list.focus(0);
      this.seenNewest();
    });
    this.newer = 0;
  }

  searched() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.refilter(), 150);
  }

  search(field, value) {
    $('search').value = term(field, value);
    this.refilter();
    say(`Searching ${field} ${value}`);
  }

  choose(device) {
    this.device = device;
    this.refilter();
  }

  refilter() {
    const filter = parseSearch($('search').value);
    const chosen = $('platform-filter').value;
    if (chosen) filter.platform = chosen;
    if (this.device)
      Object.assign(filter, {
        hub: this.device.hub,
        platform: this.device.platform,
        pns_handle: this.device.pns_handle,
      });
    this.filter = filter;
    this.items = [];
    this.scroller.scrollTop = 0;
    this.seenNewest();
    return this.load();
  }

  get filtered() {
    return Object.keys(this.filter).length > 0;
  }

  // From the newest on. What arrives meanwhile is kept; nothing else is, as another emulator may be answering by now.
  async load() {
    const turn = ++this.loading;
    this.meanwhile = [];
    $('feed').setAttribute('aria-busy', 'true');
    let page;
    try {
      page = await api.inbox({ ...toQuery(this.filter), limit: Math.min(Math.max(this.items.length, PAGE), 4000) });
    } catch (why) {
      if (turn === this.loading && why.status !== 401) this.note(why.message);
      return;
    }
    if (turn !== this.loading) return;
    const newest = page.at(-1)?.id ?? -1;
    const since = this.meanwhile.filter((delivery) => delivery.id > newest);
    this.list.forgetOthers(page);
    this.complete = page.length < PAGE;
    this.show([...since, ...this.fitting(page)]);
  }

  async older() {
    if (this.complete || this.fetching || this.items.length === 0) return;
    this.fetching = true;
    const turn = this.loading;
    try {
      let before = this.items.at(-1).id;
      let found = [];
      // A search that the page narrows down itself can leave little of a page.
      for (let round = 0; round < 5 && found.length < 50 && !this.complete; round++) {
        const page = await api.inbox({ ...toQuery(this.filter), limit: PAGE, before });
        if (turn !== this.loading) return;
        this.complete = page.length < PAGE;
        before = page[0]?.id ?? before;
        found = [...found, ...this.fitting(page)];
      }
      this.show([...this.items, ...found]);
    } catch (why) {
      this.note(why.message);
    } finally {
      this.fetching = false;
    }
  }

  fitting(page) {
    return page.filter((delivery) => matches(this.filter, delivery)).reverse();
  }

  // A batch of live deliveries, oldest first.
  arrived(deliveries) {
    this.meanwhile.unshift(...deliveries.filter((delivery) => matches(this.filter, delivery)).reverse());
    if (this.meanwhile.length > 20_000) this.meanwhile.length = 20_000;
    const newest = this.items[0]?.id ?? -1;
    const fresh = deliveries.filter((delivery) => delivery.id > newest && matches(this.filter, delivery)).reverse();
    if (fresh.length === 0) return;
    const fromTop = this.scroller.scrollTop;
    this.show([...fresh, ...this.items], new Set(fresh.slice(0, 20).map((delivery) => delivery.id)));
    if (fromTop > 40) {
      this.newer += fresh.length;
      $('newer').hidden = false;
      replace($('newer'), icon('up'), `${this.newer.toLocaleString()} new`);
    }
    this.announce(fresh);
  }

  // At most one announcement in a while, however many arrive.
  announce(fresh) {
    this.announced.push(...fresh.slice(0, 1));
    this.count = (this.count ?? 0) + fresh.length;
    if (this.announcing) return;
    this.announcing = setTimeout(() => {
      const latest = this.announced.at(-1);
      const gist = `${platform(latest.platform).device}: ${preview(latest.platform, latest.payload, latest.headers).title.slice(0, 140)}`;
      say(
        this.count === 1
          ? `New notification. ${gist}`
          : `${this.count.toLocaleString()} new notifications. Latest, ${gist}`,
      );
      this.announced = [];
      this.count = 0;
      this.announcing = null;
    }, 400);
  }

  seenNewest() {
    this.newer = 0;
    $('newer').hidden = true;
  }

  cleared() {
    this.items = [];
    this.list.forget();
    this.complete = true;
    this.seenNewest();
    this.load();
  }

  show(items, fresh = new Set()) {
    this.items = items;
    this.fresh = fresh;
    // What is hidden has no height to measure.
    $('feed').hidden = items.length === 0;
    this.list.set(items);
    this.fresh = new Set();
    $('feed').setAttribute('aria-busy', 'false');
    this.empty(items.length === 0);
    const shown = plural(items.length, 'notification');
    this.note(
      items.length === 0
        ? ''
        : this.complete
          ? `${shown}, newest first`
          : `The newest ${shown}; older ones as you scroll`,
    );
  }

  note(text) {
    $('inbox-note').textContent = text;
  }

  empty(yes) {
    const place = $('inbox-empty');
    place.hidden = !yes;
    if (!yes) return;
    if (this.filtered && !this.device) {
      replace(
        place,
        h('h3', {}, 'Nothing matches'),
        h('p', {}, 'Try other words, or fewer.'),
        h('button', { type: 'button', class: 'button', click: () => this.clearSearch() }, 'Clear the search'),
      );
    } else {
      replace(
        place,
        h('div', { class: 'empty-art', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
        h('h3', {}, this.device ? 'This device has received nothing yet' : 'Nothing has arrived yet'),
        h(
          'p',
          {},
          'Point any SDK at the emulator, or send the first notification from here. It appears the moment it is delivered.',
        ),
        h(
          'button',
          { type: 'button', class: 'button primary', click: () => this.send(this.device) },
          this.device ? 'Send it one' : 'Send a notification',
        ),
      );
    }
  }

  clearSearch() {
    $('search').value = '';
    $('platform-filter').value = '';
    this.refilter();
    $('search').focus();
  }

  row(delivery) {
    const kind = platform(delivery.platform);
    const { node, title } = preview(delivery.platform, delivery.payload, delivery.headers);
    const label = `${kind.device}, ${title.slice(0, 160)}`;
    const tags = (delivery.tags ?? []).map((tag) =>
      h(
        'button',
        {
          type: 'button',
          class: 'tag',
          tabindex: '-1',
          title: `Search ${tag}`,
          click: (event) => {
            event.stopPropagation();
            this.search('tag', tag);
          },
        },
        tag,
      ),
    );
    const row = h(
      'article',
      {
        class: `row${this.fresh?.has(delivery.id) ? ' fresh' : ''}`,
        'aria-label': label,
        'data-platform': delivery.platform,
      },
      h('div', { class: 'row-drawn' }, node),
      h(
        'div',
        { class: 'row-meta' },
        h(
          'p',
          { class: 'row-device' },
          icon(kind.icon),
          h('strong', {}, kind.device),
          h('span', { class: 'handle', title: delivery.pns_handle }, shortHandle(delivery.pns_handle)),
        ),
        h(
          'p',
          { class: 'row-facts' },
          h('time', { datetime: delivery.time }, clockTime(delivery.time, this.now())),
          h(
            'span',
            {},
            delivery.template
              ? `template ${delivery.template}`
              : delivery.template_body
                ? 'template'
                : delivery.registration_id
                  ? 'native'
                  : 'direct',
          ),
          this.manyHubs?.() ? h('span', {}, delivery.hub) : null,
        ),
        tags.length ? h('p', { class: 'tags' }, tags) : null,
        h(
          'button',
          {
            type: 'button',
            class: 'button small details-button',
            tabindex: '-1',
            'aria-label': `Details: ${label}`,
            click: (event) => {
              event.stopPropagation();
              this.open(delivery);
            },
          },
          'Details',
        ),
      ),
    );
    row.addEventListener('click', () => {
      // Selecting text is not clicking.
      if (!String(getSelection())) this.open(delivery);
    });
    return row;
  }
}
