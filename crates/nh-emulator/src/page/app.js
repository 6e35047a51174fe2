// Puts the parts together: events in, views out.

import * as api from './api.js';
import { Clock } from './clock.js';
import { openCompose } from './compose.js';
import { showDetails } from './details.js';
import { Devices } from './devices.js';
import { $, copyButton, h, icon, plural, replace, say } from './dom.js';
import { drawFaults } from './faults.js';
import { Inbox } from './inbox.js';
import { shortcuts } from './keys.js';
import { platform, shortHandle } from './platforms.js';
import { openRegister } from './register.js';
import { Requests } from './requests.js';
import { Scheduled } from './scheduled.js';
import { confirm, openSheet } from './sheet.js';

let status = null;
let opened = null;
const clock = new Clock();
const now = () => clock.now();
const manyHubs = () => status?.hubs.length > 1;
const inbox = new Inbox({ open, now, manyHubs, send: (device) => compose(device ? { device } : undefined) });
const requests = new Requests({ now });
const devices = new Devices({ chosen });
const scheduled = new Scheduled({ now, manyHubs });

function open(delivery) {
  opened = delivery;
  inbox.list.setActive(delivery.id);
  const step = (by) => {
    const next = inbox.items[inbox.list.indexOf(opened.id) + by];
    if (next) open(next);
    else say(by > 0 ? 'That was the oldest' : 'That was the newest');
  };
  showDetails(delivery, {
    step,
    chooseDevice: (like) => devices.selectLike(like),
    search: (field, value) => inbox.search(field, value),
    sendAgain: (again) =>
      compose({
        device: again,
        payload: again.payload,
        headers:
          Object.entries(again.headers ?? {})
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n') || undefined,
      }),
  });
}
// The browser gives the focus back to the row it was opened from: it may be gone, or another one is shown by now.
$('details').addEventListener('close', () => {
  const at = document.activeElement;
  if (opened && (at === document.body || at.closest('#feed'))) inbox.list.focus(inbox.list.indexOf(opened.id));
  opened = null;
});

function chosen(device, { quietly }) {
  const kind = device && platform(device.platform);
  replace(
    $('inbox-title'),
    device ? [kind.device, ' ', h('span', { class: 'handle' }, shortHandle(device.pns_handle))] : 'All devices',
  );
  const run = (what) => async () => {
    try {
      await what();
    } catch (why) {
      say(why.message);
    }
  };
  replace(
    $('device-actions'),
    device
      ? [
          h(
            'button',
            { type: 'button', class: 'button small back', click: () => devices.select('') },
            icon('back'),
            'All devices',
          ),
          h('button', { type: 'button', class: 'button small', click: () => compose({ device }) }, 'Send to it'),
          h(
            'button',
            {
              type: 'button',
              class: 'button small',
              click: run(() => api.reject(device, device.rejection ? null : 'ExpiredChannel')),
            },
            device.rejection ? 'Stop rejecting' : 'Make it reject',
          ),
          h(
            'button',
            {
              type: 'button',
              class: 'button small',
              click: run(async () => {
                await api.removeDevice(device);
                devices.select('');
              }),
            },
            'Remove',
          ),
        ]
      : null,
  );
  if (!quietly) inbox.choose(device);
}

const compose = (prefill) => openCompose({ status, devices: devices.devices, prefill });
const register = () => openRegister({ status, registered: () => devices.changed() });

function view(name) {
  for (const which of ['inbox', 'requests']) {
    $(`${which}-view`).hidden = which !== name;
    $(`show-${which}`).toggleAttribute('aria-current', false);
  }
  $(`show-${name}`).setAttribute('aria-current', 'page');
  document.title = `${name === 'inbox' ? 'Inbox' : 'Requests'} · Notification Hubs emulator`;
  if (name === 'requests') {
    requests.show();
    drawFaults();
  }
  $(`${name}-title`).focus({ preventScroll: true });
}

async function loadStatus() {
  try {
    status = await api.status();
    clock.take(status);
  } catch {
    // The state of the connection says it.
  }
}

function link(state, text) {
  if ($('link').dataset.state === state) return;
  $('link').dataset.state = state;
  $('link-text').textContent = text;
}

function all() {
  loadStatus();
  devices.load();
  requests.load();
  scheduled.load();
  return inbox.load();
}

// After a reset, or when this page could not keep up: a burst of such events makes one question.
let asking = null;
function anew() {
  lastDelivery = null;
  if (asking) return;
  asking = setTimeout(() => {
    asking = null;
    inbox.items = [];
    requests.all = [];
    devices.forgetUnseen();
    all();
  }, 250);
}

let lastDelivery = null;
function batch(events) {
  const deliveries = [];
  const logged = [];
  let again = false;
  for (const { name, data } of events) {
    if (name === 'delivery') deliveries.push(JSON.parse(data));
    else if (name === 'request') logged.push(JSON.parse(data));
    else if (name === 'devices') devices.changed();
    else if (name === 'inbox') {
      deliveries.length = 0;
      lastDelivery = null;
      inbox.cleared();
      devices.forgetUnseen();
      loadStatus();
    } else if (name === 'scheduled') scheduled.changed();
    else if (name === 'clock')
      api.clock().then(
        (is) => {
          clock.take(is);
          scheduled.draw();
        },
        () => {},
      );
    else if (name === 'reset') again = true;
  }
  if (again) return anew();
  if (deliveries.length) {
    // A hole in the ids means that some were missed: ask for them.
    const missed = lastDelivery !== null && deliveries[0].id > lastDelivery + 1;
    lastDelivery = deliveries.at(-1).id;
    devices.arrived(deliveries);
    if (missed || deliveries.some((delivery, n) => n > 0 && delivery.id !== deliveries[n - 1].id + 1)) inbox.load();
    else inbox.arrived(deliveries);
  }
  if (logged.length) requests.arrived(logged);
}

document.addEventListener('locked', ({ detail }) => {
  link('lost', 'token needed');
  if ($('locked').open) return;
  replace(
    $('locked'),
    h('h2', { id: 'locked-title' }, 'This emulator asks for its token'),
    h('p', {}, 'Open this page once with the token that it was started with; the browser then remembers it:'),
    h('pre', {}, `${location.origin}${location.pathname}?token=TOKEN`),
    h('p', { class: 'muted' }, `It said: ${detail.why}`),
  );
  $('locked').showModal();
});

$('show-inbox').addEventListener('click', () => view('inbox'));
$('show-requests').addEventListener('click', () => view('requests'));
$('compose-button').addEventListener('click', () => compose());
replace($('register-button'), icon('plus'));
$('register-button').addEventListener('click', register);
replace($('more-button'), icon('more'));
$('clear-inbox').addEventListener('click', async () => {
  $('more').hidePopover();
  await api.clearInbox().then(
    () => say('Inbox cleared'),
    (why) => say(why.message),
  );
});
$('copy-connection').addEventListener('click', () => {
  $('more').hidePopover();
  openSheet(
    'register',
    'Connection strings',
    [
      ...(status?.hubs ?? []).flatMap((hub) => [
        [`All rights in ${hub.name}`, hub.connection_string],
        [`Listen only in ${hub.name}, as an app on a device has it`, hub.listen_only_connection_string],
      ]),
      ['All rights in the namespace: opens every hub', status?.namespace_connection_string],
    ].map(([name, text]) =>
      h(
        'figure',
        { class: 'code' },
        h('figcaption', {}, name, copyButton(text ?? '')),
        h('pre', { tabindex: '0' }, text ?? ''),
      ),
    ),
    h(
      'p',
      { class: 'muted' },
      `Hubs: ${(status?.hubs ?? []).map(({ name, registrations }) => `${name} (${plural(registrations, 'registration')})`).join(', ')}. Tier: ${status?.tier ?? '?'}. Version ${status?.version ?? '?'}.`,
    ),
  );
});
$('reset').addEventListener('click', async () => {
  $('more').hidePopover();
  const text =
    'Devices, inbox, schedule, jobs, faults, the clock and the log become as they were at the start. This cannot be undone.';
  if (await confirm('Reset the emulator?', text, 'Reset'))
    await api.reset().then(
      () => say('The emulator is reset'),
      (why) => say(why.message),
    );
});
shortcuts({ compose: () => compose(), register, view, inbox, clock });

api.listen({
  connected: () => {
    $('locked').close();
    link('live', 'live');
    lastDelivery = null;
    devices.forgetUnseen();
    all();
  },
  disconnected: () => $('locked').open || link('lost', 'reconnecting'),
  batch,
});
all();
