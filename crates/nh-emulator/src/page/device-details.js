// Everything about one device: its handle in full, and what is registered under it.

import * as api from './api.js';
import { $, copied, h } from './dom.js';
import { code, factList, tagButtons } from './parts.js';
import { platform, pretty } from './platforms.js';
import { openSheet } from './sheet.js';

// The device as the emulator knows it now; `null`: nothing is registered under the handle.
async function known({ hub, platform: word, pns_handle }) {
  let after = null;
  do {
    const page = await api.devices({ hub, platform: word, text: pns_handle, limit: 200, after });
    const found = page.devices.find((device) => device.pns_handle === pns_handle);
    if (found) return found;
    after = page.next;
  } while (after);
  return null;
}

export async function showDevice(like, { search, deliveries }) {
  const kind = platform(like.platform);
  openSheet('details', kind.device, h('p', { class: 'muted' }, 'is looked for'));
  $('details').onkeydown = null;
  let device;
  try {
    device = await known(like);
  } catch (why) {
    openSheet('details', kind.device, h('p', { class: 'bad' }, why.message));
    return;
  }
  const registrations = device?.registrations ?? [];
  openSheet(
    'details',
    kind.device,
    factList([
      ['Handle', copied(like.pns_handle, 'the handle')],
      ['Platform', kind.name],
      ['Hub', like.hub],
      [
        'Push service',
        device?.rejection
          ? h('span', { class: 'bad' }, `answers ${device.rejection} to everything`)
          : 'takes everything',
      ],
      ['Received', h('button', { type: 'button', class: 'linked', click: deliveries }, 'its notifications')],
    ]),
    registrations.length === 0
      ? h('p', { class: 'muted' }, 'Nothing is registered under this handle (any more).')
      : null,
    registrations.map((registration, n) => about(registration, n, registrations.length, search)),
  );
}

function about({ registration_id, installation_id, tags, template, template_body }, n, count, search) {
  return h(
    'section',
    { class: 'registration' },
    h('h3', {}, count > 1 ? `Registration ${n + 1} of ${count}` : 'Registration'),
    factList([
      ['Registration', copied(registration_id, 'the registration’s id')],
      [
        'Installation',
        installation_id ? copied(installation_id, 'the installation’s id') : 'none: it was registered without one',
      ],
      ['Tags', tags.length ? tagButtons(tags, (tag) => search('tag', tag)) : 'none'],
      ['Template', template === null ? 'none: it gets native notifications' : template || 'without a name'],
    ]),
    template_body ? code(pretty(template_body) ?? template_body, 'Template') : null,
  );
}
