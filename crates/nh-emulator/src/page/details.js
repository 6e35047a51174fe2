// Everything about one delivery.

import { $, clockTime, h, icon } from './dom.js';
import { code, pairs } from './parts.js';
import { platform, pretty } from './platforms.js';
import { preview } from './preview.js';
import { openSheet, tabs } from './sheet.js';

export function showDetails(delivery, { step, chooseDevice, search, sendAgain }) {
  const kind = platform(delivery.platform);
  const { node, title } = preview(delivery.platform, delivery.payload, delivery.headers);
  const readable = pretty(delivery.payload);
  const facts = [
    [
      'Device',
      [
        h(
          'button',
          {
            type: 'button',
            class: 'linked',
            click: () => {
              $('details').close();
              chooseDevice(delivery);
            },
          },
          `${kind.device}`,
        ),
        h('code', {}, delivery.pns_handle),
      ],
    ],
    [
      'Received',
      [
        h('time', { datetime: delivery.time }, clockTime(delivery.time, new Date(0))),
        ' ',
        h('code', {}, delivery.time),
      ],
    ],
    ['Hub', delivery.hub],
    [
      'Notification',
      [
        h('code', {}, delivery.notification_id),
        ' ',
        h(
          'button',
          {
            type: 'button',
            class: 'linked',
            click: () => {
              $('details').close();
              search('notification', delivery.notification_id);
            },
          },
          'all its deliveries',
        ),
      ],
    ],
    ['Registration', delivery.registration_id ? h('code', {}, delivery.registration_id) : 'none: a direct send'],
    ['Template', delivery.template ?? (delivery.template_body ? 'without a name' : 'none: a native notification')],
    [
      'Tags',
      delivery.tags?.length
        ? h(
            'span',
            { class: 'tags' },
            delivery.tags.map((tag) =>
              h(
                'button',
                {
                  type: 'button',
                  class: 'tag',
                  click: () => {
                    $('details').close();
                    search('tag', tag);
                  },
                },
                tag,
              ),
            ),
          )
        : 'none',
    ],
  ];
  const headers = Object.entries(delivery.headers ?? {});
  const views = [];
  if (delivery.template_body) {
    views.push([
      'Template',
      () =>
        h(
          'div',
          { class: 'beside' },
          code(pretty(delivery.template_body) ?? delivery.template_body, 'Template'),
          code(readable ?? delivery.payload, 'Rendered'),
          code(pretty(delivery.notification_body) ?? delivery.notification_body, 'Properties that were sent'),
        ),
    ]);
  }
  views.push([
    'Payload',
    () => code(readable ?? delivery.payload, readable ? 'Pretty printed' : 'As it is: neither JSON nor XML'),
  ]);
  views.push([
    'Raw',
    () =>
      code(
        delivery.payload,
        `${new TextEncoder().encode(delivery.payload).length.toLocaleString()} bytes, as the device gets them`,
      ),
  ]);
  views.push([`Headers (${headers.length})`, () => pairs(headers, 'No platform headers went with it.')]);

  const again = () => {
    $('details').close();
    sendAgain(delivery);
  };
  const dialog = openSheet(
    'details',
    title.slice(0, 140) || 'Notification',
    h('div', { class: 'stage', 'data-platform': delivery.platform }, node),
    tabs('What was received', views),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
    delivery.template_body
      ? null
      : h(
          'div',
          { class: 'buttons' },
          h('button', { type: 'button', class: 'button', click: again }, 'Edit and send again'),
        ),
  );
  dialog.querySelector('.sheet-head').lastElementChild.before(
    h(
      'button',
      {
        type: 'button',
        class: 'button quiet square',
        'aria-label': 'Newer',
        title: 'Newer (k)',
        click: () => step(-1),
      },
      icon('up'),
    ),
    h(
      'button',
      {
        type: 'button',
        class: 'button quiet square turned',
        'aria-label': 'Older',
        title: 'Older (j)',
        click: () => step(1),
      },
      icon('up'),
    ),
  );
  dialog.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'j') step(1);
    if (event.key === 'k') step(-1);
  };
  dialog.querySelector('[role=tab]').focus();
}
