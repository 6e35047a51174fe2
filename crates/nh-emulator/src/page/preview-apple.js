// iOS: a banner on the lock screen; a badge alone on the app's icon; a silent push, which the app sees and nobody else.

import { h } from './dom.js';
import { picture, silent, words } from './drawing.js';

export function apple(payload, headers) {
  const aps = payload.aps;
  if (!aps || typeof aps !== 'object') {
    return silent('No aps dictionary', 'APNs hands this to the app; nothing is shown.', Object.entries(payload));
  }
  const own = Object.entries(payload).filter(([name]) => name !== 'aps');
  const alert = readAlert(aps.alert);
  if (!alert) {
    if (aps.badge !== undefined) return badgeOnly(aps);
    if (aps['content-available'] || headers['apns-push-type'] === 'background') {
      return silent('Silent push', 'Wakes the app in the background. Nothing is shown.', own);
    }
    if (aps.sound) return silent('Sound only', `Plays ${soundName(aps.sound)}. Nothing is shown.`, own);
    return silent('Nothing to show', 'The aps dictionary has no alert.', own);
  }
  const level = { passive: 'passive', 'time-sensitive': 'time sensitive', critical: 'critical' }[
    aps['interruption-level']
  ];
  const image = payload['attachment-url'] ?? payload['media-url'] ?? payload.image;
  const node = h(
    'div',
    { class: 'drawn ios' },
    h('div', { class: 'ios-icon', 'aria-hidden': 'true' }, badge(aps.badge)),
    h(
      'div',
      { class: 'ios-text' },
      h('p', { class: 'ios-app' }, h('span', {}, level ? `Your app · ${level}` : 'Your app'), h('span', {}, 'now')),
      alert.title && h('p', { class: 'ios-title' }, alert.title),
      alert.subtitle && h('p', { class: 'ios-title' }, alert.subtitle),
      alert.body && h('p', { class: 'ios-body' }, alert.body),
      extras(aps),
    ),
    image ? picture(image, 'ios-picture') : null,
  );
  return { node, title: [alert.title, alert.subtitle, alert.body].filter(Boolean).join(' · ') };
}

function readAlert(alert) {
  if (alert === undefined || alert === null || alert === '') return null;
  if (typeof alert !== 'object') return { body: words(alert) };
  const localized = (key, args) => {
    if (!alert[key]) return '';
    const given = Array.isArray(alert[args]) && alert[args].length ? ` (${alert[args].map(words).join(', ')})` : '';
    return `${alert[key]}${given}`;
  };
  const read = {
    title: words(alert.title) || localized('title-loc-key', 'title-loc-args'),
    subtitle: words(alert.subtitle) || localized('subtitle-loc-key', 'subtitle-loc-args'),
    body: words(alert.body) || localized('loc-key', 'loc-args'),
  };
  return read.title || read.subtitle || read.body ? read : null;
}

function badge(count) {
  return count === undefined || count === null || count === 0 ? null : h('span', { class: 'ios-badge' }, words(count));
}

function badgeOnly(aps) {
  const cleared = aps.badge === 0;
  const node = h(
    'div',
    { class: 'drawn ios-home' },
    h('div', { class: 'ios-icon large' }, badge(aps.badge)),
    h('p', {}, cleared ? 'The badge is removed from the app’s icon.' : 'Only the badge on the app’s icon changes.'),
  );
  return { node, title: cleared ? 'Badge removed' : `Badge ${words(aps.badge)}` };
}

function extras(aps) {
  const all = [];
  if (aps.sound) all.push(`Sound: ${soundName(aps.sound)}`);
  if (aps.badge !== undefined) all.push(`Badge ${words(aps.badge)}`);
  if (aps.category) all.push(`Category ${words(aps.category)}`);
  if (aps['thread-id']) all.push(`Thread ${words(aps['thread-id'])}`);
  if (aps['mutable-content']) all.push('Mutable');
  return all.length ? h('p', { class: 'drawn-extras' }, all.join(' · ')) : null;
}

function soundName(sound) {
  return typeof sound === 'object' ? words(sound.name ?? 'critical sound') : words(sound);
}
