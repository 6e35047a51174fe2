// A list of any length of which only what can be seen is in the document. Heights are measured as rows appear. An item has an `id`,
// and a `version` that changes with what its row shows.

const OVERSCAN = 500;

export class WindowedList {
  constructor({ scroller, host, render, estimate, nearEnd, open, setSize }) {
    Object.assign(this, { scroller, host, render, estimate, nearEnd, open, setSize });
    this.items = [];
    this.heights = new Map();
    this.nodes = new Map();
    this.offsets = new Float64Array(1);
    this.active = null;
    this.top = host.ownerDocument.createElement('div');
    this.bottom = host.ownerDocument.createElement('div');
    for (const spacer of [this.top, this.bottom]) spacer.setAttribute('role', 'presentation');
    host.replaceChildren(this.top, this.bottom);
    scroller.addEventListener('scroll', () => this.schedule(), { passive: true });
    new ResizeObserver(() => this.resized()).observe(scroller);
    host.addEventListener('keydown', (event) => this.key(event));
    host.addEventListener('focusin', (event) => {
      const row = event.target.closest('[data-id]');
      if (row) this.setActive(row.dataset.id);
    });
  }

  // Newest first. Whoever has scrolled down keeps what they are reading.
  set(items) {
    const anchor = this.anchor();
    this.items = items;
    this.places = null;
    this.measureAll();
    this.layout(anchor);
  }

  resized() {
    const width = this.scroller.clientWidth;
    if (width === 0) return;
    if (this.width !== undefined && this.width !== width) this.heights.clear();
    this.width = width;
    this.measureAll();
    this.layout(this.anchor());
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.layout(null);
    });
  }

  measureAll() {
    const offsets = new Float64Array(this.items.length + 1);
    for (let i = 0; i < this.items.length; i++) {
      const item = this.items[i];
      offsets[i + 1] = offsets[i] + (this.heights.get(item.id) ?? this.estimate(item));
    }
    this.offsets = offsets;
  }

  // The list may start below the top of what scrolls.
  start() {
    return this.host.offsetTop - this.scroller.offsetTop;
  }

  indexAt(y) {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.offsets[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  anchor() {
    const y = this.scroller.scrollTop - this.start();
    if (y <= 4 || this.items.length === 0) return null;
    const index = Math.min(this.indexAt(y), this.items.length - 1);
    return { id: this.items[index].id, into: y - this.offsets[index] };
  }

  layout(anchor) {
    if (this.scroller.clientHeight === 0) return;
    for (let round = 0; round < 4; round++) {
      if (anchor) {
        const index = this.indexOf(anchor.id);
        if (index >= 0) this.scrollTo(this.offsets[index] + anchor.into);
      }
      this.show();
      const held = anchor ?? this.anchor();
      if (!this.measureShown()) break;
      anchor = held;
    }
    const left = this.offsets[this.items.length] - (this.scroller.scrollTop + this.scroller.clientHeight);
    if (left < 2000) this.nearEnd?.();
  }

  scrollTo(y) {
    // The spacers must be there before the browser can scroll so far.
    const needed = this.offsets[this.items.length];
    this.top.style.height = '0px';
    this.bottom.style.height = `${needed}px`;
    this.scroller.scrollTop = y + this.start();
  }

  show() {
    const y = this.scroller.scrollTop - this.start();
    const first = this.indexAt(Math.max(0, y - OVERSCAN));
    const end = Math.min(this.items.length, this.indexAt(y + this.scroller.clientHeight + OVERSCAN) + 1);
    const wanted = new Set();
    for (let i = first; i < end; i++) wanted.add(this.items[i].id);
    for (const [id, node] of this.nodes) {
      if (wanted.has(id)) continue;
      if (node.contains(document.activeElement)) this.host.focus({ preventScroll: true });
      node.remove();
      this.nodes.delete(id);
    }
    let after = this.top;
    for (let i = first; i < end; i++) {
      const item = this.items[i];
      const node = this.nodeOf(item);
      node.setAttribute('aria-posinset', i + 1);
      node.setAttribute('aria-setsize', this.setSize?.() ?? this.items.length);
      if (after.nextSibling !== node) after.after(node);
      after = node;
    }
    this.top.style.height = `${this.offsets[first]}px`;
    this.bottom.style.height = `${this.offsets[this.items.length] - this.offsets[end]}px`;
    this.markTabStop(y);
  }

  nodeOf(item) {
    const before = this.nodes.get(item.id);
    if (before && before.dataset.version === String(item.version)) return before;
    const node = this.render(item);
    node.dataset.id = item.id;
    node.dataset.version = item.version;
    node.tabIndex = -1;
    this.nodes.set(item.id, node);
    if (before) {
      const { activeElement } = document;
      const button = activeElement.tagName === 'BUTTON' ? `.${activeElement.classList[0]}` : null;
      const hadFocus = before.contains(activeElement);
      before.replaceWith(node);
      if (hadFocus) ((button && node.querySelector(button)) || node).focus({ preventScroll: true });
    }
    return node;
  }

  measureShown() {
    let changed = false;
    for (const [id, node] of this.nodes) {
      const height = node.getBoundingClientRect().height;
      if (Math.abs((this.heights.get(id) ?? -1) - height) > 0.5) {
        this.heights.set(id, height);
        changed = true;
      }
    }
    if (changed) this.measureAll();
    return changed;
  }

  // Exactly one row is in the tab order: the active one, else the first that can be seen.
  markTabStop(y) {
    for (const node of this.nodes.values()) node.tabIndex = -1;
    const seen = this.items[this.indexAt(Math.max(0, y))];
    const stop = this.nodes.get(this.active) ?? this.nodes.get(seen?.id);
    if (stop) stop.tabIndex = 0;
  }

  indexOf(id) {
    this.places ??= new Map(this.items.map((item, index) => [item.id, index]));
    return this.places.get(id) ?? -1;
  }

  activeIndex() {
    return Math.max(0, this.indexOf(this.active));
  }

  setActive(id) {
    this.active = id;
    this.markTabStop(this.scroller.scrollTop - this.start());
  }

  focus(index) {
    if (this.items.length === 0) return;
    const at = Math.max(0, Math.min(index, this.items.length - 1));
    const item = this.items[at];
    this.active = item.id;
    const y = this.scroller.scrollTop - this.start();
    const room = this.scroller.clientHeight;
    if (this.offsets[at] < y) this.scrollTo(at === 0 ? -this.start() : this.offsets[at] - 12);
    else if (this.offsets[at + 1] > y + room) this.scrollTo(this.offsets[at + 1] - room + 12);
    this.layout(null);
    const node = this.nodes.get(item.id);
    node?.focus({ preventScroll: true });
    node?.scrollIntoView({ block: 'nearest' });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest('[data-id]');
    // Buttons inside a row keep their own keys.
    if (event.key === 'Enter' && event.target !== row && event.target !== this.host) return;
    const here = this.activeIndex();
    const moves = {
      ArrowDown: here + 1,
      ArrowUp: here - 1,
      PageDown: here + 5,
      PageUp: here - 5,
      Home: 0,
      End: this.items.length - 1,
    };
    if (event.key in moves) {
      event.preventDefault();
      this.focus(moves[event.key]);
    } else if (event.key === 'Enter' && this.items.length) {
      event.preventDefault();
      this.open(this.items[here]);
    }
  }
}
