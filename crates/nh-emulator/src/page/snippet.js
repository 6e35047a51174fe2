// The line of Rust and of curl that would send the same.

import { contentType, headersFor } from './platforms.js';

const CONSTRUCTORS = {
  apple: 'apple',
  fcmv1: 'fcm_v1',
  gcm: 'gcm',
  windows: 'windows',
  windowsphone: 'windows_phone',
  adm: 'adm',
  baidu: 'baidu',
  browser: 'browser',
  xiaomi: 'xiaomi',
};
const VARIANTS = {
  apple: 'Apple',
  fcmv1: 'FcmV1',
  gcm: 'Gcm',
  windows: 'Windows',
  windowsphone: 'WindowsPhone',
  adm: 'Adm',
  baidu: 'Baidu',
  browser: 'Browser',
  xiaomi: 'Xiaomi',
};

// A control character, or the one that deletes.
const isControl = (c) => c < ' ' || c === '\x7f';

const ESCAPES = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(c) {
  if (ESCAPES[c]) return ESCAPES[c];
  return isControl(c) ? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}` : c;
}

// As short as it can be: a raw string where quotes would need escapes. A raw string cannot hold a lone CR.
export function rustString(text) {
  const controls = [...text].filter(isControl);
  if (controls.length === 0 && !/["\\]/.test(text)) return `"${text}"`;
  if (controls.some((c) => c !== '\n' && c !== '\t')) return `"${[...text].map(escaped).join('')}"`;
  const longest = Math.max(0, ...[...text.matchAll(/"(#*)/g)].map((m) => m[1].length + 1));
  const hashes = '#'.repeat(longest);
  return `r${hashes}"${text}"${hashes}`;
}

// Within single quotes a shell takes everything as it is, but for the quote itself.
export const shellString = (text) => `'${text.replace(/'/g, `'\\''`)}'`;

const sameHeaders = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

// A browser's keys, of the example in RFC 8291: the emulator takes any.
const P256DH = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
const AUTH = 'BTBZMqHH6r4Tts7J_aSIgg';

export function rust({ format, payload, properties, to, tags, device, headers, test }) {
  const notification = rustNotification(format, payload, properties, headers);
  if (to === 'device') {
    const browser = format === 'browser';
    const handle = browser
      ? `DeviceHandle::browser(PushSubscription { endpoint: ${rustString(device)}.into(), p256dh: "${P256DH}".into(), auth: "${AUTH}".into() })?`
      : rustString(device);
    if (!test) return `client.send_direct(${notification}, ${handle}).await?;`;
    const made = browser ? handle : `DeviceHandle::new(${handle})?`;
    return `let direct = SendDirect::new(${notification}, ${made})?;\nlet receipt = client.execute(&direct.test()).await?;`;
  }
  const audience = to === 'everyone' ? 'Audience::EVERYONE' : rustString(tags);
  return test
    ? `let receipt = client.test_send(${notification}, ${audience}).await?;`
    : `client.send(${notification}, ${audience}).await?;`;
}

function rustNotification(format, payload, properties, headers) {
  if (format === 'template') {
    const all = Object.entries(properties).map(([name, value]) => `(${rustString(name)}, ${rustString(value)})`);
    return all.length
      ? `Notification::template([${all.join(', ')}])?`
      : 'Notification::template([] as [(&str, &str); 0])?';
  }
  const usual = headersFor(format, payload);
  if (sameHeaders(headers, usual)) {
    const raw = headers['X-WNS-Type'] === 'wns/raw' || headers['X-NotificationClass'] === '3';
    return `Notification::${CONSTRUCTORS[format]}${raw ? '_raw' : ''}(${rustString(payload)})?`;
  }
  const pairs = Object.entries(headers).map(([name, value]) => `(${rustString(name)}, ${rustString(value)})`);
  return `Notification::with_headers(Platform::${VARIANTS[format]}, ${rustString(payload)}, &[${pairs.join(', ')}])?`;
}

export function curl({ hub, format, payload, properties, to, tags, device, headers, test }, { authority, token }) {
  const body = format === 'template' ? JSON.stringify(properties) : payload;
  const raw = headers['X-WNS-Type'] === 'wns/raw';
  const sent = [
    [
      'Content-Type',
      format === 'windows' && raw
        ? 'application/octet-stream'
        : contentType(format, format === 'windows' ? '<toast/>' : payload),
    ],
    ['ServiceBusNotification-Format', format],
    ...Object.entries(headers),
  ];
  if (to === 'tags') sent.push(['ServiceBusNotification-Tags', tags]);
  if (to === 'device') sent.push(['ServiceBusNotification-DeviceHandle', device]);
  const query = `api-version=2020-06${to === 'device' ? '&direct' : ''}${test ? '&test' : ''}`;
  const lines = [
    `curl -fsSo nh-emulator-ca.pem ${shellString(`http://${authority}/$emulator/ca.pem`)} &&\ncurl -i --cacert nh-emulator-ca.pem`,
    token ? `-H ${shellString(`Authorization: ${token}`)}` : '-H "Authorization: $(nhub token)"',
    ...sent.map(([name, value]) => `-H ${shellString(`${name}: ${value}`)}`),
  ];
  if (to === 'device' && format === 'browser') lines.push(`-H 'P256DH: ${P256DH}' -H 'Auth: ${AUTH}'`);
  lines.push(`--data-raw ${shellString(body)}`);
  lines.push(shellString(`https://${authority}/${encodeURIComponent(hub)}/messages?${query}`));
  return lines.join(' \\\n  ');
}
