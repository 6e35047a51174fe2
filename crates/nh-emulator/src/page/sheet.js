// Dialogs: the browser keeps the focus inside and gives it back.

import { $, copyIcon, h, icon, replace } from './dom.js';

export function openSheet(id, title, ...content) {
  const dialog = $(id);
  const close = h(
    'button',
    {
      type: 'button',
      class: 'button quiet square',
      'aria-label': 'Close',
      title: 'Close (Esc)',
      click: () => dialog.close(),
    },
    icon('close'),
  );
  // What can be shown to somebody else.
  const share = id === 'details' ? copyIcon(() => location.href, 'a link to this', 'link') : null;
  replace(
    dialog,
    h('div', { class: 'sheet-head' }, h('h2', { id: `${id}-title` }, title), share, close),
    h('div', { class: 'sheet-body' }, content),
  );
  if (!dialog.open) {
    dialog.showModal();
    dialog.onclick = (event) => {
      // A click beside the sheet, not one that began inside it.
      if (event.target === dialog && dialog.dataset.down === 'outside') dialog.close();
    };
    dialog.onmousedown = (event) => (dialog.dataset.down = event.target === dialog ? 'outside' : 'inside');
  }
  return dialog;
}

export const anyOpen = () => document.querySelector('dialog[open]') !== null;

// Asks before something is lost. `keep`: the answer that loses nothing.
export function confirm(title, text, action, keep) {
  return new Promise((resolve) => {
    const dialog = $('confirm');
    const answer = (yes) => {
      dialog.close();
      resolve(yes);
    };
    const no = h('button', { type: 'button', class: 'button', click: () => answer(false) }, keep);
    const yes = h('button', { type: 'button', class: 'button danger', click: () => answer(true) }, action);
    replace(dialog, h('h2', { id: 'confirm-title' }, title), h('p', {}, text), h('div', { class: 'buttons' }, no, yes));
    // It is told late, and may be asked again by then.
    dialog.onclose = () => dialog.open || resolve(false);
    dialog.showModal();
    no.focus();
  });
}

// Tabs with one tab stop; panels are made when they are first shown.
export function tabs(label, entries) {
  const list = h('div', { role: 'tablist', 'aria-label': label, class: 'tabs' });
  const panel = h('div', { role: 'tabpanel', class: 'tab-panel', tabindex: '0' });
  const made = new Map();
  const buttons = entries.map(([name], index) => {
    const button = h('button', { type: 'button', role: 'tab', class: 'tab', click: () => choose(index) }, name);
    button.addEventListener('keydown', (event) => {
      const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: entries.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose((to + entries.length) % entries.length);
      buttons[(to + entries.length) % entries.length].focus();
    });
    return button;
  });
  const choose = (index) => {
    for (const [n, button] of buttons.entries()) {
      button.setAttribute('aria-selected', String(n === index));
      button.tabIndex = n === index ? 0 : -1;
    }
    const [name, make] = entries[index];
    if (!made.has(name)) made.set(name, make());
    panel.setAttribute('aria-label', name);
    replace(panel, made.get(name));
  };
  list.append(...buttons);
  choose(0);
  return h('div', { class: 'tabbed' }, list, panel);
}
