// A notification as its device would show it. Nothing a payload points at is loaded: images are drawn as placeholders.

import { h, icon } from './dom.js';
import { parseJson, platform, platformWord } from './platforms.js';
import { apple } from './preview-apple.js';
import { adm, baidu, fcmV1, gcm, xiaomi } from './preview-android.js';
import { browser } from './preview-browser.js';
import { windows, windowsPhone } from './preview-windows.js';

const DRAWN = { apple, fcmv1: fcmV1, gcm, adm, baidu, xiaomi, browser, windows, windowsphone: windowsPhone };

// { node, title }: the drawing, and its gist in words.
export function preview(platformName, payload, headers = {}) {
  const word = platformWord(platformName);
  const text = String(payload ?? '');
  let drawn = null;
  try {
    drawn = word.startsWith('windows')
      ? DRAWN[word]?.(text, lowerCase(headers))
      : DRAWN[word]?.(parseJson(text) ?? missing(), lowerCase(headers));
  } catch {
    // A payload of another shape than the platform's is shown as the text it is.
  }
  return drawn ?? plain(word, text);
}

function missing() {
  throw new TypeError('no JSON object');
}

function lowerCase(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

export function plain(word, text, label = 'Not a notification that the device would draw') {
  const shown = text.length > 600 ? `${text.slice(0, 600)}…` : text;
  const node = h('div', { class: 'drawn plain' }, h('p', { class: 'plain-label' }, label), h('pre', {}, shown || '(empty)'));
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
  return h('div', { class: `picture ${className}`, role: 'img', 'aria-label': `${label}, not loaded: ${address}`, title: address },
    icon('image'), h('span', {}, name.slice(0, 40)));
}
