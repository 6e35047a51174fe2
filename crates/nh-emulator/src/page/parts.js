// Pieces that several sheets are made of.

import { copyButton, h } from './dom.js';

export const field = (label, control, note) => h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), control, note ? h('span', { class: 'field-note' }, note) : null);

export function code(text, label) {
  return h('figure', { class: 'code' }, h('figcaption', {}, label, copyButton(text)), h('pre', { tabindex: '0' }, text === '' ? '(empty)' : text));
}

export function pairs(entries, none) {
  if (entries.length === 0) return h('p', { class: 'muted' }, none);
  return h('table', { class: 'pairs' }, h('tbody', {}, entries.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, String(value))))));
}
