// Keys, the list of them, and the switch of themes.

import { $, h, icon, replace, say } from './dom.js';
import { FIELD_HELP } from './search.js';
import { anyOpen, openSheet } from './sheet.js';

const store = {
  get: (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // Not remembered, then.
    }
  },
};

const THEMES = { auto: ['auto', 'as the system has it'], light: ['sun', 'light'], dark: ['moon', 'dark'] };

function theme() {
  const root = document.documentElement;
  const show = (name) => {
    replace($('theme-button'), icon(THEMES[name][0]));
    $('theme-button').setAttribute('aria-label', `Theme: ${THEMES[name][1]}`);
    $('theme-button').title = `Theme: ${THEMES[name][1]} (t)`;
  };
  show(root.dataset.theme ?? 'auto');
  $('theme-button').addEventListener('click', () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(root.dataset.theme ?? 'auto') + 1) % names.length];
    if (next === 'auto') delete root.dataset.theme;
    else root.dataset.theme = next;
    store.set('theme', next === 'auto' ? null : next);
    show(next);
    say(`Theme: ${THEMES[next][1]}`);
  });
}

let keys = {};

export function help() {
  const on = h('input', {
    type: 'checkbox',
    checked: store.get('keys') !== 'off',
    change: () => store.set('keys', on.checked ? null : 'off'),
  });
  const rows = [
    ...Object.entries(keys).map(([key, [name]]) => [key, name]),
    ['↑ ↓', 'Along devices or notifications'],
    ['← →', 'Fold, unfold a row of many'],
    ['Enter', 'Open, choose'],
    ['Esc', 'Close'],
  ];
  openSheet(
    'help',
    'Keyboard',
    h(
      'dl',
      { class: 'keys' },
      rows.map(([key, name]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, name))),
    ),
    h('label', { class: 'check' }, on, h('span', {}, 'Keys of a single letter')),
    h(
      'p',
      { class: 'muted' },
      `The search takes words in any order, and ${FIELD_HELP} with a value. Quotes make one word of several.`,
    ),
  );
}

export function shortcuts({ compose, register, view, inbox, help: openHelp }) {
  theme();
  const search = () => {
    const place = $('inbox-view').hidden ? 'request-search' : 'search';
    $(place).focus();
  };
  const toDevices = () => {
    view('inbox');
    $('device-list').querySelector('[tabindex="0"]')?.focus();
  };
  const move = (by) => {
    const { list } = inbox;
    list.focus(list.indexOf(list.active) < 0 ? 0 : list.activeIndex() + by);
  };
  keys = {
    n: ['Send a notification', compose],
    d: ['Register a device', register],
    '/': ['Search', search],
    j: ['Older notification', () => move(1)],
    k: ['Newer notification', () => move(-1)],
    l: ['Devices', toDevices],
    i: ['Inbox', () => view('inbox')],
    r: ['Requests', () => view('requests')],
    c: ['Clock', () => $('clock').togglePopover()],
    t: ['Theme', () => $('theme-button').click()],
    '?': ['This list', openHelp],
  };
  replace($('help-button'), icon('question'));
  $('help-button').addEventListener('click', openHelp);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || anyOpen()) return;
    // Right after a dialog has closed the focus can still be in one of its fields.
    if (event.target.closest('input, textarea, select, [contenteditable]')?.checkVisibility()) return;
    if (store.get('keys') === 'off' && event.key !== '?') return;
    const entry = keys[event.key];
    if (!entry) return;
    event.preventDefault();
    entry[1]();
  });
}
