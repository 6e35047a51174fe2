// A browser's notification. What a service worker shows is its own affair: these are the names that most of them read.

import { h, icon } from './dom.js';
import { picture, silent, words } from './drawing.js';

export function browser(payload) {
  const n = payload.notification && typeof payload.notification === 'object' ? payload.notification : payload;
  const title = words(n.title);
  const body = words(n.body ?? n.message ?? n.text);
  if (!title && !body)
    return silent('Push event', 'Wakes the service worker, which decides what to show.', Object.entries(payload));
  const actions = Array.isArray(n.actions) ? n.actions : [];
  const node = h(
    'div',
    { class: 'drawn web' },
    n.image ? picture(n.image, 'web-hero') : null,
    h(
      'div',
      { class: 'web-row' },
      h(
        'div',
        { class: 'web-text' },
        title && h('p', { class: 'web-title' }, title),
        body && h('p', { class: 'web-body' }, body),
        h('p', { class: 'web-origin' }, icon('globe'), 'your-site.example'),
      ),
      n.icon ? picture(n.icon, 'web-icon', 'Icon') : null,
    ),
    actions.length
      ? h(
          'div',
          { class: 'fake-buttons' },
          actions.slice(0, 3).map((a) => h('span', { class: 'fake-button' }, words(a?.title ?? a?.action ?? a))),
        )
      : null,
  );
  return { node, title: [title, body].filter(Boolean).join(' · ') };
}
