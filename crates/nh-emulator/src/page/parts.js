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

// `missing`: properties without a value, marked where the template asks for them.
export function code(text, label, missing = []) {
  const shown = text === '' ? '(empty)' : marked(text, missing);
  return h(
    'figure',
    { class: 'code' },
    h('figcaption', {}, label, copyButton(text)),
    h('pre', { tabindex: '0' }, shown),
  );
}

function marked(text, names) {
  if (names.length === 0) return text;
  // A name is letters, digits and underscores.
  const asked = new RegExp(`([$.%#]\\(\\s*(?:${names.join('|')})\\s*(?:,[^)]*)?\\))`, 'i');
  return text
    .split(asked)
    .map((piece, n) => (n % 2 ? h('mark', { title: 'The notification has no such property' }, piece) : piece));
}

export const factList = (facts) =>
  h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );

export const tagButtons = (tags, search) =>
  h(
    'span',
    { class: 'tags' },
    tags.map((tag) =>
      h('button', { type: 'button', class: 'tag', title: `Search ${tag}`, click: () => search(tag) }, tag),
    ),
  );

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

// What the template asks for in vain.
export function unfilled({ unfilled_properties }) {
  const names = unfilled_properties ?? [];
  if (names.length === 0) return null;
  return h(
    'p',
    { class: 'unfilled' },
    icon('hint'),
    h(
      'span',
      {},
      'The notification has no value for ',
      names.map((name, n) => [n ? ', ' : '', h('code', {}, name)]),
      '. The device shows nothing in its place.',
    ),
  );
}
