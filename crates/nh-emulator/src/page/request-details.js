// Everything about one request and its answer.

import { copied, h, icon } from './dom.js';
import { code, factList, hintList, pairs } from './parts.js';
import { pretty } from './platforms.js';
import { took } from './requests.js';
import { deliveriesOf } from './route.js';
import { reached, whom } from './sends.js';
import { openSheet, tabs } from './sheet.js';

export function showRequest(request) {
  const text = (body) => pretty(body ?? '') ?? body ?? '';
  const { send } = request;
  const facts = [
    ['Time', h('time', { datetime: request.time }, request.time)],
    ['Hub', request.hub ?? 'none'],
    ['Took', took(request.microseconds)],
    ['Fault', request.fault === null ? 'none' : `number ${request.fault}`],
  ];
  const dialog = openSheet(
    'details',
    `${request.operation ?? request.method} · ${request.status ?? 'connection dropped'}`,
    h('p', { class: 'request-line mono' }, icon('send'), `${request.method} ${request.path}`),
    send ? sent(send) : null,
    hintList(request.hints),
    tabs('Request and response', [
      [
        'Request',
        () => [pairs(request.request_headers ?? [], 'No headers.'), code(text(request.request_body), 'Body')],
      ],
      [
        'Response',
        () => [pairs(request.response_headers ?? [], 'No headers.'), code(text(request.response_body), 'Body')],
      ],
    ]),
    factList(facts),
  );
  dialog.onkeydown = null;
  dialog.querySelector('[role=tab]').focus();
}

function sent(send) {
  const { kind, text } = reached(send);
  const all = deliveriesOf(send.notification_id);
  return h(
    'div',
    { class: 'outcome', id: 'request-send' },
    h('p', { class: kind }, h('strong', {}, text)),
    factList([
      ['Format', send.format],
      ['To', whom(send)],
      ['Matched', send.matched ?? 'not yet: it waits for its time'],
      ['Delivered', send.delivered ?? 'not yet'],
      [
        'Notification',
        [
          copied(send.notification_id, 'the notification’s id'),
          send.delivered === 0 ? null : h('a', { class: 'linked', href: all, id: 'to-deliveries' }, 'its deliveries'),
        ],
      ],
    ]),
  );
}
