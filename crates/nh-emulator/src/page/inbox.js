// What the devices received, newest first.

import * as api from './api.js';
import { $, h, icon, plural, replace, say } from './dom.js';
import { Groups } from './groups.js';
import { WindowedList } from './list.js';
import { PLATFORMS, platform } from './platforms.js';
import { preview } from './preview.js';
import { go, readDevice, withoutPanel } from './route.js';
import { row } from './row.js';
import { matches, parseSearch, term, toQuery } from './search.js';

const PAGE = 400;
// The emulator keeps no more, nor does the page.
const MOST = 100_000;
// Until a row has been measured.
const ESTIMATES = { apple: 118, windows: 190, windowsphone: 100 };
const PART = 37;

export class Inbox {
  constructor({ open, now, manyHubs, send }) {
    this.open = open;
    this.manyHubs = manyHubs;
    this.send = send;
    this.now = now;
    this.items = [];
    this.groups = new Groups();
    this.filter = {};
    this.device = null;
    this.shownFor = null;
    this.complete = false;
    this.loading = 0;
    this.announced = [];
    this.meanwhile = [];
    this.scroller = $('inbox-scroller');
    const does = {
      open: (delivery) => this.open(delivery),
      search: (field, value) => this.search(field, value),
      fold: (group) => this.fold(group),
    };
    this.list = new WindowedList({
      scroller: this.scroller,
      host: $('feed'),
      render: (item) =>
        row(item, { isFresh: this.fresh.has(item.delivery.id), now: this.now(), manyHubs: this.manyHubs(), does }),
      estimate: ({ delivery, isPart }) => (isPart ? PART : (ESTIMATES[delivery.platform] ?? 130)),
      nearEnd: () => this.older(),
      open: ({ delivery }) => this.open(delivery),
      setSize: () => (this.complete ? this.list.items.length : -1),
    });
    this.fresh = new Set();
    for (const [word, { name }] of Object.entries(PLATFORMS))
      $('platform-filter').append(h('option', { value: word }, name));
    $('search').addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.searched(), 150);
    });
    $('platform-filter').addEventListener('change', () => this.searched());
    $('search-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.searched();
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

  // What stands in the fields goes into the address.
  searched() {
    clearTimeout(this.typing);
    go({ q: $('search').value.trim(), platform: $('platform-filter').value }, { replace: true });
  }

  search(field, value) {
    go({ ...withoutPanel, view: 'inbox', q: term(field, value), platform: undefined });
    say(`Searching ${field} ${value}`);
  }

  // What stands in the address is shown.
  apply({ q = '', platform: word = '', device }) {
    const wanted = JSON.stringify([q, word, device]);
    if (wanted === this.shownFor) return;
    const isFirst = this.shownFor === null;
    this.shownFor = wanted;
    if ($('search').value.trim() !== q) $('search').value = q;
    $('platform-filter').value = word;
    this.device = readDevice(device);
    const filter = parseSearch(q);
    if (word) filter.platform = word;
    if (this.device) Object.assign(filter, this.device);
    this.filter = filter;
    $('export-inbox').href = api.urlOf('inbox.jsonl', toQuery(filter));
    if (isFirst) return;
    this.items = [];
    this.scroller.scrollTop = 0;
    this.seenNewest();
    this.load();
  }

  get filtered() {
    return Object.keys(this.filter).length > 0;
  }

  // From the newest on. What arrives meanwhile is kept; nothing else is, as another emulator may be answering by now.
  async load() {
    const turn = ++this.loading;
    this.meanwhile = [];
    $('feed').setAttribute('aria-busy', 'true');
    const limit = this.nextPage();
    let page;
    try {
      page = await api.inbox({ ...toQuery(this.filter), limit });
    } catch (why) {
      if (turn === this.loading && why.status !== 401) this.note(why.message);
      return;
    }
    if (turn !== this.loading) return;
    const newest = page.at(-1)?.id ?? -1;
    const since = this.meanwhile.filter((delivery) => delivery.id > newest);
    this.complete = page.length < limit;
    this.items = [...since, ...this.fitting(page)];
    this.groups.reset(this.items);
    this.show();
  }

  async older() {
    if (this.complete || this.fetching || this.items.length === 0) return;
    this.fetching = true;
    const turn = this.loading;
    const limit = this.nextPage();
    try {
      const page = await api.inbox({ ...toQuery(this.filter), limit, before: this.items.at(-1).id });
      if (turn !== this.loading) return;
      this.complete = page.length < limit;
      const found = this.fitting(page);
      this.items = [...this.items, ...found];
      this.groups.addOlder(found);
      this.show();
    } catch (why) {
      this.note(why.message);
      return;
    } finally {
      this.fetching = false;
    }
    // Many can make few rows: there may be room for older ones.
    this.list.schedule();
  }

  // One row can be thousands: who has many asks for many.
  nextPage() {
    return Math.min(Math.max(this.items.length, PAGE), 4000);
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
    this.items = [...fresh, ...this.items];
    if (this.items.length > MOST) this.keepNewest();
    else this.groups.addNewer(fresh);
    this.show(new Set(fresh.slice(0, 20).map((delivery) => delivery.id)));
    if (fromTop > 40) {
      this.newer += fresh.length;
      $('newer').hidden = false;
      replace($('newer'), icon('up'), `${this.newer.toLocaleString()} new`);
    }
    this.announce(fresh);
  }

  // A tenth goes at once: each time costs as much as all that is kept.
  keepNewest() {
    this.items.length = MOST * 0.9;
    this.complete = false;
    this.groups.reset(this.items);
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
    this.complete = true;
    this.seenNewest();
    this.load();
  }

  forgotten(id) {
    this.meanwhile = this.meanwhile.filter((delivery) => delivery.id !== id);
    const at = this.indexOf(id);
    if (at < 0) return;
    this.items = this.items.toSpliced(at, 1);
    this.groups.remove(id);
    this.show();
  }

  // Ids descend.
  indexOf(id) {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle].id > id) low = middle + 1;
      else high = middle;
    }
    return this.items[low]?.id === id ? low : -1;
  }

  // The delivery that is so many rows older; those of one group come one after the other.
  beside(id, by) {
    const group = this.groups.of.get(id);
    if (!group) return undefined;
    const within = group.items[group.items.findIndex((delivery) => delivery.id === id) + by];
    if (within) return within;
    const next = this.groups.groups[this.groups.groups.indexOf(group) + by];
    return by > 0 ? next?.items[0] : next?.items.at(-1);
  }

  fold(group) {
    group.unfolded = !group.unfolded;
    this.show();
    this.list.focus(this.list.indexOf(group.id));
    say(group.unfolded ? `${plural(group.items.length, 'row')} shown` : 'One row shown');
  }

  setActive(delivery) {
    this.list.setActive(this.groups.rowOf(delivery.id));
  }

  focus(delivery) {
    this.list.focus(this.list.indexOf(this.groups.rowOf(delivery.id)));
  }

  show(fresh = new Set()) {
    const { items } = this;
    this.fresh = fresh;
    // What is hidden has no height to measure.
    $('feed').hidden = items.length === 0;
    this.list.set(this.groups.rows(this.complete));
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
    go({ q: undefined, platform: undefined });
    $('search').focus();
  }
}
