// Android: a card in the shade, or a data message that only the app sees.

import { h } from './dom.js';
import { dataRows, picture, silent, words } from './drawing.js';

export function fcmV1(payload) {
  const message = payload.message ?? payload;
  const general = message.notification ?? {};
  const android = message.android?.notification ?? {};
  const data = Object.entries({ ...message.data, ...message.android?.data });
  return card(
    {
      title: android.title ?? general.title ?? localized(android, 'title'),
      body: android.body ?? general.body ?? localized(android, 'body'),
      image: android.image ?? general.image,
      channel: android.channel_id,
      color: android.color,
      priority: message.android?.priority,
      collapse: message.android?.collapse_key,
      action: android.click_action,
    },
    data,
  );
}

export function gcm(payload) {
  const n = payload.notification ?? {};
  return card(
    {
      title: n.title ?? localized(n, 'title'),
      body: n.body ?? localized(n, 'body'),
      image: n.image,
      channel: n.android_channel_id,
      priority: payload.priority,
      collapse: payload.collapse_key,
      action: n.click_action,
    },
    Object.entries(payload.data ?? {}),
  );
}

export function adm(payload) {
  const n = payload.notification ?? {};
  return card(
    { title: n.title, body: n.body, image: n.image, collapse: payload.consolidationKey },
    Object.entries(payload.data ?? {}),
  );
}

export function baidu(payload) {
  const inside = payload.notification ?? payload;
  return card(
    { title: inside.title, body: inside.description },
    Object.entries(inside.custom_content ?? payload.data ?? {}),
  );
}

export function xiaomi(payload) {
  const rows = payload.payload === undefined ? [] : [['payload', payload.payload]];
  return card({ title: payload.title, body: payload.description ?? payload.content }, [
    ...rows,
    ...Object.entries(payload.extra ?? {}),
  ]);
}

function localized(from, name) {
  const key = from[`${name}_loc_key`];
  if (!key) return undefined;
  const given = from[`${name}_loc_args`];
  return Array.isArray(given) && given.length ? `${key} (${given.map(words).join(', ')})` : key;
}

function card(n, data) {
  if (!n.title && !n.body) {
    const hint = data.length ? 'The app decides what to show.' : 'It is empty.';
    return silent('Data message', `Goes to the app; the system shows nothing. ${hint}`, data);
  }
  const extras = [
    n.channel && `Channel ${words(n.channel)}`,
    n.priority && `Priority ${words(n.priority).toLowerCase()}`,
    n.collapse && `Collapse ${words(n.collapse)}`,
    n.action && `Opens ${words(n.action)}`,
  ].filter(Boolean);
  const node = h(
    'div',
    { class: 'drawn android' },
    h('div', { class: 'android-icon', 'aria-hidden': 'true' }),
    h(
      'div',
      { class: 'android-text' },
      h('p', { class: 'android-app' }, 'Your app · now'),
      n.title && h('p', { class: 'android-title' }, words(n.title)),
      n.body && h('p', { class: 'android-body' }, words(n.body)),
      n.image ? picture(n.image, 'android-picture') : null,
      data.length ? dataRows(data) : null,
      extras.length ? h('p', { class: 'drawn-extras' }, extras.join(' · ')) : null,
    ),
  );
  return { node, title: [n.title, n.body].filter(Boolean).map(words).join(' · ') };
}
