// Pieces that several sheets are made of.

import { copyButton, h, icon } from './dom.js';

export const field = (label, control, note) =>
  h(
    'label',
    { class: 'field' },
    h('span', { class: 'field-label' }, label),
    control,
    note ? h('span', { class: 'field-note' }, note) : null,
  );

export function code(text, label) {
  return h(
    'figure',
    { class: 'code' },
    h('figcaption', {}, label, copyButton(text)),
    h('pre', { tabindex: '0' }, text === '' ? '(empty)' : text),
  );
}

export function pairs(entries, none) {
  if (entries.length === 0) return h('p', { class: 'muted' }, none);
  return h(
    'table',
    { class: 'pairs' },
    h(
      'tbody',
      {},
      entries.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, String(value)))),
    ),
  );
}

// What would surprise on the real service, one line each.
export function hintList(hints) {
  if (hints.length === 0) return null;
  return h(
    'ul',
    { class: 'hints', role: 'list', 'aria-label': 'Hints' },
    hints.map((hint) => h('li', {}, icon('hint'), h('span', {}, hint))),
  );
}
