// Puts the parts together: the address and events in, views out.

import * as api from './api.js';
import { Clock } from './clock.js';
import { Devices } from './devices.js';
import { $, h, icon, replace, say } from './dom.js';
import { Faults } from './faults.js';
import { Inbox } from './inbox.js';
import { shortcuts } from './keys.js';
import { Panels } from './panels.js';
import { platform, shortHandle } from './platforms.js';
import { Requests } from './requests.js';
import { go, openPanel, start, withoutPanel } from './route.js';
import { Scheduled } from './scheduled.js';
import { confirm } from './sheet.js';

let status = null;
const clock = new Clock();
const now = () => clock.now();
const manyHubs = () => status?.hubs.length > 1;
const inbox = new Inbox({
  open: (delivery) => openPanel('delivery', { id: delivery.id }),
  now,
  manyHubs,
  send: (device) => openPanel('send', device ? { to: 'device' } : {}),
});
const requests = new Requests({ now, open: (request) => openPanel('request', { id: request.id }) });
const devices = new Devices({ chosen });
const scheduled = new Scheduled({ now, manyHubs });
const faults = new Faults();

function chosen(device) {
  const kind = device && platform(device.platform);
  replace(
    $('inbox-title'),
    device ? [kind.device, ' ', h('span', { class: 'handle' }, shortHandle(device.pns_handle))] : 'All devices',
  );
  const run = (what) => () => what().catch((why) => say(why.message));
  const button = (text, click, more) => h('button', { type: 'button', class: 'button small', click, ...more }, text);
  replace(
    $('device-actions'),
    device
      ? [
          button([icon('back'), 'All devices'], () => go({ device: undefined }), { class: 'button small back' }),
          button('Details', () => openPanel('device')),
          button('Send to it', () => openPanel('send', { to: 'device' })),
          button(
            device.rejection ? 'Stop rejecting' : 'Make it reject',
            run(() => api.reject(device, device.rejection ? null : 'ExpiredChannel')),
          ),
          button(
            'Remove…',
            run(() => remove(device, kind)),
          ),
        ]
      : null,
  );
}

async function remove(device, kind) {
  const text = `${kind.device} ${shortHandle(device.pns_handle)}: all that is registered under its handle goes, also its installation. What it has received stays.`;
  if (!(await confirm('Remove this device?', text, 'Remove', 'Keep it'))) return;
  await api.removeDevice(device);
  say('Device removed');
  go({ device: undefined });
}

// Where each view was when it was left.
const last = { inbox: {}, requests: {} };
const FRESH = { q: undefined, platform: undefined, device: undefined, status: undefined };
const view = (name) => go({ ...withoutPanel, ...FRESH, ...last[name], view: name });

let viewed = 'inbox';
function apply(route) {
  const { view: name, q, platform: word, device, status: wanted, unfolded = '' } = route;
  for (const which of ['inbox', 'requests']) {
    $(`${which}-view`).hidden = which !== name;
    $(`show-${which}`).toggleAttribute('aria-current', false);
  }
  $(`show-${name}`).setAttribute('aria-current', 'page');
  document.title = `${name === 'inbox' ? 'Inbox' : 'Requests'} · Notification Hubs emulator`;
  if (name === 'inbox') {
    last.inbox = { q, platform: word, device };
    devices.apply(device);
    inbox.apply(route);
  } else {
    last.requests = { q, status: wanted };
    requests.apply(route);
  }
  for (const fold of FOLDS) $(fold).open = unfolded.split(' ').includes(fold);
  if (viewed !== name) $(`${name}-title`).focus({ preventScroll: true });
  viewed = name;
  panels.apply(route);
}

// What is unfolded stands in the address, too.
const FOLDS = ['scheduled-section', 'faults-section'];
for (const fold of FOLDS) {
  $(fold).addEventListener('toggle', () => {
    const open = FOLDS.filter((id) => $(id).open);
    go({ unfolded: open.join(' ') || undefined }, { replace: true });
  });
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
  requests.load();
  scheduled.load();
  faults.load();
  inbox.load();
  return Promise.all([loadStatus(), devices.load()]);
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
function arrived(deliveries) {
  // A hole in the ids means that some were missed: ask for them.
  const follows = (delivery, n) =>
    delivery.id === (n === 0 ? (lastDelivery ?? delivery.id - 1) : deliveries[n - 1].id) + 1;
  const isWhole = deliveries.every(follows);
  lastDelivery = deliveries.at(-1).id;
  devices.arrived(deliveries);
  if (isWhole) inbox.arrived(deliveries);
  else inbox.load();
}

function batch(events) {
  const deliveries = [];
  const logged = [];
  const forgotten = [];
  let again = false;
  const take = {
    delivery: (data) => deliveries.push(data),
    request: (data) => logged.push(data),
    devices: () => devices.changed(),
    forgotten: ({ id }) => forgotten.push(id),
    inbox: () => {
      deliveries.length = 0;
      lastDelivery = null;
      inbox.cleared();
      devices.forgetUnseen();
      loadStatus();
    },
    log: () => {
      logged.length = 0;
      requests.cleared();
    },
    scheduled: () => {
      scheduled.changed();
      requests.scheduleChanged();
    },
    faults: () => faults.load(),
    clock: () =>
      api.clock().then(
        (is) => {
          clock.take(is);
          scheduled.draw();
        },
        () => {},
      ),
    reset: () => {
      again = true;
    },
  };
  for (const { name, data } of events) take[name](JSON.parse(data));
  if (again) return anew();
  if (deliveries.length) arrived(deliveries);
  for (const id of forgotten) inbox.forgotten(id);
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

const compose = () => openPanel('send');
const register = () => openPanel('register');
$('show-inbox').addEventListener('click', () => view('inbox'));
$('show-requests').addEventListener('click', () => view('requests'));
$('compose-button').addEventListener('click', compose);
replace($('register-button'), icon('plus'));
$('register-button').addEventListener('click', register);
replace($('more-button'), icon('more'));
for (const name of ['inbox', 'requests'])
  replace($(`export-${name}`), icon('save'), h('span', { class: 'export-text' }, 'JSON lines'));
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  $(viewed === 'inbox' ? 'feed' : 'requests-feed').focus();
});

const menu = (id, does) =>
  $(id).addEventListener('click', () => {
    $('more').hidePopover();
    does();
  });
menu('clear-inbox', async () => {
  const text =
    'All that the devices have received is forgotten, here and for everyone who looks at this emulator. Devices stay. This cannot be undone.';
  if (await confirm('Clear the inbox?', text, 'Clear the inbox', 'Keep everything'))
    await api.clearInbox().then(
      () => say('Inbox cleared'),
      (why) => say(why.message),
    );
});
menu('show-connection', () => openPanel('connection'));
menu('reset', async () => {
  const text =
    'Devices, inbox, schedule, jobs, faults, the clock and the log become as they were at the start. This cannot be undone.';
  if (await confirm('Reset the emulator?', text, 'Reset', 'Keep everything'))
    await api.reset().then(
      () => say('The emulator is reset'),
      (why) => say(why.message),
    );
});
shortcuts({ compose, register, view, inbox, help: () => openPanel('keys') });

const ready = all();
const panels = new Panels({ inbox, devices, ready, status: () => status });
start(apply);
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
