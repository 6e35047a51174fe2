// What a program needs to reach the emulator: connection strings, and the certificate authority to trust.

import { copyButton, h, plural } from './dom.js';
import { openSheet } from './sheet.js';

export function showConnection(status) {
  fetchCa();
  const hubs = status?.hubs ?? [];
  const strings = [
    ...hubs.flatMap((hub) => [
      [`All rights in ${hub.name}`, hub.connection_string],
      [`Listen only in ${hub.name}, as an app on a device has it`, hub.listen_only_connection_string],
    ]),
    ['All rights in the namespace: opens every hub', status?.namespace_connection_string ?? ''],
  ];
  const ca = `http://${status?.authority ?? location.host}/$emulator/ca.pem`;
  const counts = hubs.map(({ name, registrations }) => `${name} (${plural(registrations, 'registration')})`).join(', ');
  openSheet(
    'register',
    'How programs connect',
    h('h3', {}, 'Connection strings'),
    strings.map(([name, text]) => block(name, text)),
    h('h3', {}, 'Certificate authority'),
    h(
      'p',
      {},
      'The emulator answers over TLS, with a certificate of its own authority. A program that is to trust it needs this file: curl takes it with ',
      h('code', {}, '--cacert'),
      ', many others by the variable ',
      h('code', {}, 'SSL_CERT_FILE'),
      '.',
    ),
    h(
      'div',
      { class: 'buttons' },
      h(
        'a',
        { class: 'button', href: 'ca.pem', download: 'nh-emulator-ca.pem', id: 'download-ca' },
        'Download nh-emulator-ca.pem',
      ),
      copyButton(() => pem, 'Copy the PEM'),
    ),
    block('In a shell', `curl -fsSo nh-emulator-ca.pem '${ca}'`),
    h('p', { class: 'muted' }, `Hubs: ${counts}. Tier: ${status?.tier ?? '?'}. Version ${status?.version ?? '?'}.`),
  );
}

// It is there before it is copied: a browser copies only right after a click.
let pem = '';

async function fetchCa() {
  try {
    pem = await (await fetch(new URL('ca.pem', document.baseURI))).text();
  } catch {
    // The state of the connection says it.
  }
}

const block = (name, text) =>
  h('figure', { class: 'code' }, h('figcaption', {}, name, copyButton(text)), h('pre', { tabindex: '0' }, text));
