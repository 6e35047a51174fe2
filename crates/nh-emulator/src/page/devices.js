// The list of devices: a listbox with one tab stop.

import * as api from './api.js';
import { $, h, icon, replace } from './dom.js';
import { platform, shortHandle } from './platforms.js';
import { deviceWord, go, readDevice, withoutPanel } from './route.js';

export class Devices {
  constructor({ chosen }) {
    this.chosen = chosen;
    this.devices = [];
    this.turn = 0;
    this.selected = null;
    this.selectedKey = '';
    this.unseen = new Map();
    this.host = $('device-list');
    this.wanted = 100;
    $('device-search').addEventListener('input', () => this.changed());
    $('device-search').addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        this.host.querySelector('[tabindex="0"]')?.focus();
      }
    });
    $('more-devices').addEventListener('click', () => {
      this.wanted += 200;
      this.load();
    });
    this.host.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option) this.select(option.dataset.key);
    });
    this.host.addEventListener('keydown', (event) => this.key(event));
  }

  // Many changes make one question.
  changed() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.load(), 120);
  }

  async load() {
    this.turn += 1;
    const { turn } = this;
    const text = $('device-search').value.trim();
    let devices = [];
    let after = null;
    try {
      do {
        const page = await api.devices({ text, limit: Math.min(this.wanted - devices.length, 200), after });
        if (turn !== this.turn) return;
        devices = devices.concat(page.devices);
        after = page.next;
      } while (after && devices.length < this.wanted);
    } catch {
      return;
    }
    this.devices = devices;
    $('more-devices').hidden = !after;
    if (this.selected) {
      const still = devices.find((device) => deviceWord(device) === deviceWord(this.selected));
      if (still) {
        this.selected = still;
        this.chosen(still);
      }
    }
    this.draw();
  }

  draw() {
    const focused = this.host.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const selectedKey = this.selected ? deviceWord(this.selected) : '';
    const options = [this.option('', selectedKey, icon('all'), 'All devices', null, [])];
    const hubs = new Set(this.devices.map((device) => device.hub));
    for (const device of this.devices) {
      const kind = platform(device.platform);
      const tags = [...new Set(device.registrations.flatMap((registration) => registration.tags ?? []))];
      const templates = device.registrations
        .map((registration) => registration.template)
        .filter((name) => name !== null && name !== undefined);
      const notes = [
        hubs.size > 1 ? h('span', { class: 'device-note' }, device.hub) : null,
        device.rejection ? h('span', { class: 'device-note bad' }, device.rejection) : null,
        templates.length ? h('span', { class: 'device-note' }, `template ${templates.join(', ')}`.trim()) : null,
        h(
          'span',
          { class: 'device-tags' },
          tags.filter((tag) => !tag.startsWith('$') && !templates.includes(tag)).join(' · '),
        ),
      ];
      options.push(
        this.option(
          deviceWord(device),
          selectedKey,
          icon(kind.icon),
          kind.device,
          shortHandle(device.pns_handle),
          notes,
          device.pns_handle,
        ),
      );
    }
    if (this.selected && !this.devices.some((device) => deviceWord(device) === selectedKey)) {
      const kind = platform(this.selected.platform);
      options.push(
        this.option(selectedKey, selectedKey, icon(kind.icon), kind.device, shortHandle(this.selected.pns_handle), [
          h('span', { class: 'device-note' }, 'not in this list'),
        ]),
      );
    }
    replace(this.host, options);
    if (focused !== undefined) this.optionOf(focused)?.focus();
    if (!this.host.querySelector('[tabindex="0"]')) this.host.firstElementChild.tabIndex = 0;
  }

  option(key, selectedKey, glyph, name, handle, notes, title) {
    const count = this.unseen.get(key) ?? 0;
    return h(
      'div',
      {
        role: 'option',
        class: 'device',
        'data-key': key,
        'aria-selected': String(key === selectedKey),
        tabindex: key === selectedKey ? '0' : '-1',
        title,
      },
      h('span', { class: 'device-icon' }, glyph),
      h(
        'span',
        { class: 'device-text' },
        h('span', { class: 'device-name' }, name, handle ? h('span', { class: 'handle' }, handle) : null),
        notes.some(Boolean) ? h('span', { class: 'device-notes' }, notes) : null,
      ),
      count
        ? h('span', { class: 'unseen' }, count > 999 ? '999+' : String(count), h('span', { class: 'sr' }, ' new'))
        : null,
    );
  }

  optionOf(key) {
    return [...this.host.children].find((option) => option.dataset.key === key);
  }

  select(key) {
    go({ ...withoutPanel, device: key || undefined });
    this.optionOf(key)?.focus();
  }

  // The device that stands in the address. The list need not hold it.
  apply(key = '') {
    if (key === this.selectedKey) return;
    this.selectedKey = key;
    const like = readDevice(key);
    const known = this.devices.find((device) => deviceWord(device) === key);
    this.selected = known ?? (like && { ...like, registrations: [], rejection: null });
    this.unseen.delete(key);
    this.draw();
    this.chosen(this.selected);
  }

  arrived(deliveries) {
    const seen = this.selected ? deviceWord(this.selected) : null;
    for (const delivery of deliveries) {
      const key = deviceWord(delivery);
      if (key !== seen) this.unseen.set(key, (this.unseen.get(key) ?? 0) + 1);
    }
    if (!this.drawing)
      this.drawing = setTimeout(() => {
        this.drawing = null;
        this.draw();
      }, 200);
  }

  forgetUnseen() {
    this.unseen.clear();
    this.draw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const options = [...this.host.children];
    const here = options.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: options.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const target = options[Math.max(0, Math.min(to, options.length - 1))];
      for (const option of options) option.tabIndex = -1;
      target.tabIndex = 0;
      target.focus();
      target.scrollIntoView({ block: 'nearest' });
    } else if ((event.key === 'Enter' || event.key === ' ') && here >= 0) {
      event.preventDefault();
      this.select(options[here].dataset.key);
    } else if (event.key === 'ArrowRight') {
      event.preventDefault();
      $('feed').querySelector('[tabindex="0"]')?.focus();
    }
  }
}
