// Everything about one delivery.

import * as api from './api.js';
import { $, clockTime, copied, h, icon, replace, say } from './dom.js';
import { code, factList, pairs, tagButtons, unfilled } from './parts.js';
import { platform, pretty } from './platforms.js';
import { preview } from './preview.js';
import { address, deliveriesOf, withoutPanel } from './route.js';
import { confirm, openSheet, tabs } from './sheet.js';

// `does`: step(by), chooseDevice(delivery), search(field, value), sendAgain(delivery), gone().
export function showDetails(delivery, does) {
  const { node, title } = preview(delivery.platform, delivery.payload, delivery.headers);
  const dialog = openSheet(
    'details',
    title.slice(0, 140) || 'Notification',
    h('div', { class: 'stage', 'data-platform': delivery.platform }, node, unfilled(delivery)),
    tabs('What was received', views(delivery)),
    facts(delivery, does),
    h(
      'div',
      { class: 'buttons' },
      delivery.template_body
        ? null
        : h(
            'button',
            { type: 'button', class: 'button', click: () => does.sendAgain(delivery) },
            'Edit and send again',
          ),
      h(
        'button',
        { type: 'button', class: 'button danger', id: 'forget-delivery', click: () => forget(delivery, title, does) },
        'Delete…',
      ),
    ),
  );
  dialog.querySelector('.sheet-head').lastElementChild.before(
    stepButton('Newer', 'k', '', () => does.step(-1)),
    stepButton('Older', 'j', ' turned', () => does.step(1)),
  );
  dialog.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'j') does.step(1);
    if (event.key === 'k') does.step(-1);
  };
  dialog.querySelector('[role=tab]').focus();
}

function stepButton(label, key, turned, click) {
  return h(
    'button',
    { type: 'button', class: `button quiet square${turned}`, 'aria-label': label, title: `${label} (${key})`, click },
    icon('up'),
  );
}

function facts(delivery, does) {
  const kind = platform(delivery.platform);
  const all = deliveriesOf(delivery.notification_id);
  const request = h('span', { class: 'muted' }, 'is looked for');
  findRequest(delivery, request);
  return factList([
    [
      'Device',
      [
        h('button', { type: 'button', class: 'linked', click: () => does.chooseDevice(delivery) }, kind.device),
        copied(delivery.pns_handle, 'the handle'),
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
        copied(delivery.notification_id, 'the notification’s id'),
        h('a', { class: 'linked', href: all }, 'all its deliveries'),
      ],
    ],
    ['Request', request],
    [
      'Registration',
      delivery.registration_id ? copied(delivery.registration_id, 'the registration’s id') : 'none: a direct send',
    ],
    ['Template', delivery.template ?? (delivery.template_body ? 'without a name' : 'none: a native notification')],
    ['Tags', delivery.tags?.length ? tagButtons(delivery.tags, (tag) => does.search('tag', tag)) : 'none'],
  ]);
}

// The way back to the send. What the page itself sent is not in the log, and the log forgets.
async function findRequest({ notification_id }, place) {
  let found = [];
  try {
    found = await api.requests({ notification: notification_id, limit: 1 });
  } catch {
    // Then there is no way back.
  }
  const [request] = found;
  if (!request) {
    place.textContent = 'not in the log: it came from this page, or the log was cleared';
    return;
  }
  const href = address({ ...withoutPanel, view: 'requests', panel: 'request', id: request.id });
  place.className = '';
  replace(
    place,
    h(
      'a',
      { class: 'linked', href, id: 'to-request' },
      `${request.operation} at ${clockTime(request.time, new Date())}`,
    ),
  );
}

function views(delivery) {
  const readable = pretty(delivery.payload);
  const headers = Object.entries(delivery.headers ?? {});
  const all = [];
  if (delivery.template_body) {
    const missing = delivery.unfilled_properties ?? [];
    all.push([
      'Template',
      () =>
        h(
          'div',
          { class: 'beside' },
          code(pretty(delivery.template_body) ?? delivery.template_body, 'Template', missing),
          code(readable ?? delivery.payload, 'Rendered'),
          code(pretty(delivery.notification_body) ?? delivery.notification_body, 'Properties that were sent'),
        ),
    ]);
  }
  all.push([
    'Payload',
    () => code(readable ?? delivery.payload, readable ? 'Pretty printed' : 'As it is: neither JSON nor XML'),
  ]);
  const bytes = new TextEncoder().encode(delivery.payload).length.toLocaleString();
  all.push(['Raw', () => code(delivery.payload, `${bytes} bytes, as the device gets them`)]);
  all.push([`Headers (${headers.length})`, () => pairs(headers, 'No platform headers went with it.')]);
  return all;
}

async function forget(delivery, title, does) {
  const what = `${platform(delivery.platform).device}: ${title.slice(0, 80)}. Only this page and the control API forget it.`;
  if (!(await confirm('Delete this notification from the inbox?', what, 'Delete', 'Keep it'))) return;
  try {
    await api.forgetDelivery(delivery.id);
    say('Deleted');
  } catch (why) {
    if (why.status !== 404) return say(why.message);
  }
  does.gone();
}

// In its place, if there is no such thing any more.
export function showGone(what) {
  openSheet(
    'details',
    `${what} is gone`,
    h(
      'p',
      {},
      'It was deleted, the emulator was reset or started anew, or so many came after it that it was forgotten.',
    ),
  );
  $('details').onkeydown = null;
}
