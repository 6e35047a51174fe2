// The panel that the address names: one at a time, over the view.

import * as api from './api.js';
import { openCompose } from './compose.js';
import { showConnection } from './connection.js';
import { showDetails, showGone } from './details.js';
import { showDevice } from './device-details.js';
import { $, say } from './dom.js';
import { help } from './keys.js';
import { openRegister } from './register.js';
import { showRequest } from './request-details.js';
import { deviceWord, go, leavePanel, openPanel, readDevice, route, withoutPanel } from './route.js';

const DIALOGS = {
  delivery: 'details',
  request: 'details',
  device: 'details',
  send: 'compose',
  register: 'register',
  connection: 'register',
  keys: 'help',
};

export class Panels {
  // `ready`: the state of the emulator and the first devices are known.
  constructor({ inbox, devices, ready, status }) {
    Object.assign(this, { inbox, devices, ready, status });
    this.shown = '';
    this.opened = null;
    for (const id of new Set(Object.values(DIALOGS))) {
      $(id).addEventListener('close', () => {
        // Another panel may be in it by now.
        if (!$(id).open && DIALOGS[route().panel] === id) leavePanel();
      });
    }
    // The browser gives the focus back to the row it was opened from: it may be gone, or another one is shown by now.
    $('details').addEventListener('close', () => {
      const at = document.activeElement;
      if (this.opened && (at === document.body || at.closest('#feed'))) this.inbox.focus(this.opened);
      this.opened = null;
    });
  }

  async apply({ panel, id, to, device }) {
    const wanted = panel in DIALOGS ? [panel, id, to, panel === 'device' ? device : ''].join(' ') : '';
    if (wanted === this.shown) return;
    this.shown = wanted;
    for (const dialog of ['confirm', ...new Set(Object.values(DIALOGS))]) {
      if ($(dialog).open && dialog !== DIALOGS[panel]) $(dialog).close();
    }
    if (!wanted) return;
    await this.ready;
    if (this.shown === wanted) await this[panel]({ id, to, device }, () => this.shown === wanted);
  }

  async delivery({ id }, isWanted) {
    const here = this.inbox.items[this.inbox.indexOf(Number(id))];
    const delivery = here ?? (await api.delivery(id).catch(() => null));
    if (!isWanted()) return;
    if (!delivery) {
      showGone('This notification');
      return;
    }
    this.opened = delivery;
    this.inbox.setActive(delivery);
    showDetails(delivery, {
      step: (by) => {
        const next = this.inbox.beside(delivery.id, by);
        if (next) go({ id: next.id }, { replace: true });
        else say(by > 0 ? 'That was the oldest' : 'That was the newest');
      },
      chooseDevice: () =>
        go({ ...withoutPanel, view: 'inbox', q: undefined, platform: undefined, device: deviceWord(delivery) }),
      search: (field, value) => this.inbox.search(field, value),
      sendAgain: () => openPanel('send', { id: delivery.id, to: 'again' }),
      gone: () => $('details').close(),
    });
  }

  async request({ id }, isWanted) {
    const request = await api.request(id).catch(() => null);
    if (!isWanted()) return;
    this.opened = null;
    if (request) showRequest(request);
    else showGone('This request');
  }

  device({ device }) {
    const like = readDevice(device);
    this.opened = null;
    if (!like) return leavePanel();
    return showDevice(like, {
      search: (field, value) => this.inbox.search(field, value),
      deliveries: () => go(withoutPanel),
    });
  }

  // To the device that is chosen, or again what another one has received.
  async send({ id, to, device }, isWanted) {
    let prefill;
    if (to === 'device') prefill = { key: `device ${device}`, device: readDevice(device) };
    if (to === 'again') {
      const again = await api.delivery(id).catch(() => null);
      if (!isWanted()) return;
      if (again)
        prefill = { key: `again ${id} ${again.time}`, device: again, payload: again.payload, headers: again.headers };
    }
    openCompose({
      status: this.status(),
      devices: this.devices.devices,
      prefill: prefill?.device ? prefill : undefined,
    });
  }

  register() {
    openRegister({ status: this.status(), registered: () => this.devices.changed() });
  }

  connection() {
    showConnection(this.status());
  }

  keys() {
    help();
  }
}
