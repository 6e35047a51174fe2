// What the drawings of all platforms have in common.

import { h, icon } from './dom.js';
import { platform } from './platforms.js';

export function plain(word, text, label = 'Not a notification that the device would draw') {
  const shown = text.length > 600 ? `${text.slice(0, 600)}…` : text;
  const node = h(
    'div',
    { class: 'drawn plain' },
    h('p', { class: 'plain-label' }, label),
    h('pre', {}, shown || '(empty)'),
  );
  return { node, title: text.slice(0, 120) || `Empty payload for ${platform(word).device}` };
}

// What reaches the app without being shown.
export function silent(kind, note, rows) {
  const node = h(
    'div',
    { class: 'drawn silent' },
    h('p', { class: 'silent-kind' }, icon('bell'), kind),
    h('p', { class: 'silent-note' }, note),
    rows?.length ? dataRows(rows) : null,
  );
  return { node, title: `${kind}${rows?.length ? `: ${rows.map(([name]) => name).join(', ')}` : ''}` };
}

export function dataRows(rows) {
  const list = h('dl', { class: 'data-rows' });
  for (const [name, value] of rows.slice(0, 8)) list.append(h('dt', {}, name), h('dd', {}, words(value)));
  if (rows.length > 8) list.append(h('dt', {}, '…'), h('dd', {}, `${rows.length - 8} more`));
  return list;
}

export function words(value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function picture(source, className, label = 'Image') {
  const address = words(source);
  const name = address.split(/[?#]/)[0].split('/').pop() || address;
  return h(
    'div',
    { class: `picture ${className}`, role: 'img', 'aria-label': `${label}, not loaded: ${address}`, title: address },
    icon('image'),
    h('span', {}, name.slice(0, 40)),
  );
}
