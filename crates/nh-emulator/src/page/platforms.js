// What the page knows of each platform: names, an icon, and an example to begin with.

const TOAST = `<toast>
  <visual>
    <binding template="ToastGeneric">
      <text>Redmond 2, Bellevue 1</text>
      <text>Full time. What a match!</text>
    </binding>
  </visual>
  <actions>
    <action content="Highlights" arguments="highlights"/>
    <action content="Table" arguments="table"/>
  </actions>
</toast>`;

const WP_TOAST = `<?xml version="1.0" encoding="utf-8"?>
<wp:Notification xmlns:wp="WPNotification">
  <wp:Toast>
    <wp:Text1>Redmond 2, Bellevue 1</wp:Text1>
    <wp:Text2>Full time</wp:Text2>
  </wp:Toast>
</wp:Notification>`;

const json = (value) => JSON.stringify(value, null, 2);
const GOAL = 'Redmond 2, Bellevue 1';
const TIME = 'Full time. What a match!';

export const PLATFORMS = {
  apple: {
    name: 'Apple',
    device: 'iPhone',
    icon: 'phone',
    example: json({ aps: { alert: { title: GOAL, body: TIME }, badge: 1, sound: 'default' } }),
  },
  fcmv1: {
    name: 'FCM v1',
    device: 'Android',
    icon: 'android',
    example: json({ message: { notification: { title: GOAL, body: TIME }, android: { priority: 'HIGH' } } }),
  },
  windows: { name: 'Windows', device: 'Windows PC', icon: 'pc', example: TOAST },
  browser: { name: 'Browser', device: 'Browser', icon: 'globe', example: json({ title: GOAL, message: TIME }) },
  gcm: {
    name: 'FCM legacy (gcm)',
    device: 'Android (gcm)',
    icon: 'android',
    example: json({ notification: { title: GOAL, body: TIME } }),
  },
  adm: {
    name: 'Amazon',
    device: 'Fire tablet',
    icon: 'tablet',
    example: json({ data: { title: GOAL, message: TIME } }),
  },
  baidu: {
    name: 'Baidu',
    device: 'Android (Baidu)',
    icon: 'android',
    example: json({ title: GOAL, description: TIME }),
  },
  xiaomi: {
    name: 'Xiaomi',
    device: 'Xiaomi phone',
    icon: 'android',
    example: json({ title: GOAL, description: TIME, payload: 'scores/42' }),
  },
  windowsphone: { name: 'Windows Phone', device: 'Windows Phone', icon: 'phone', example: WP_TOAST },
};

export const TEMPLATE = { name: 'Template', device: 'Any device', icon: 'all' };

export const TEMPLATE_BODIES = {
  apple: '{"aps":{"alert":"$(greeting_en)"}}',
  fcmv1: '{"message":{"notification":{"title":"$(greeting_en)"}}}',
  gcm: '{"data":{"message":"$(greeting_en)"}}',
  adm: '{"data":{"message":"$(greeting_en)"}}',
  baidu: '{"title":"Greeting","description":"$(greeting_en)"}',
  browser: '{"title":"Greeting","message":"$(greeting_en)"}',
  xiaomi: '{"title":"Greeting","description":"$(greeting_en)"}',
  windows:
    '<toast><visual><binding template="ToastText01"><text id="1">$(greeting_en)</text></binding></visual></toast>',
  windowsphone:
    '<wp:Notification xmlns:wp="WPNotification"><wp:Toast><wp:Text1>$(greeting_en)</wp:Text1></wp:Toast></wp:Notification>',
};

const ALIASES = { wns: 'windows', mpns: 'windowsphone', apns: 'apple' };

export function platformWord(word) {
  const lower = String(word ?? '').toLowerCase();
  return ALIASES[lower] ?? lower;
}

export function platform(word) {
  return PLATFORMS[platformWord(word)] ?? { name: word, device: word, icon: 'phone', example: '' };
}

// Enough of a handle to tell devices apart: the end says more than the start.
export function shortHandle(handle) {
  const text = String(handle ?? '');
  if (text.length <= 18) return text;
  if (/^https?:/.test(text)) {
    const tail = text.split(/[/=]/).filter(Boolean).pop() ?? text;
    return tail.length <= 22 ? tail : `…${tail.slice(-20)}`;
  }
  return /^[0-9a-f]+$/i.test(text) ? `${text.slice(0, 6)}…${text.slice(-6)}` : `…${text.slice(-16)}`;
}

// What a native send needs beside its payload. The type of a Windows payload is told from its root element.
export function headersFor(format, payload) {
  if (format === 'windows') return { 'X-WNS-Type': `wns/${windowsType(payload)}` };
  if (format === 'windowsphone') {
    const type = phoneType(payload);
    if (type === 'toast') return { 'X-WindowsPhone-Target': 'toast', 'X-NotificationClass': '2' };
    if (type === 'tile') return { 'X-WindowsPhone-Target': 'token', 'X-NotificationClass': '1' };
    return { 'X-NotificationClass': '3' };
  }
  return {};
}

export function windowsType(payload) {
  const root = rootOf(payload)?.localName;
  return ['toast', 'tile', 'badge'].includes(root) ? root : 'raw';
}

export function phoneType(payload) {
  const root = rootOf(payload);
  const child = root?.localName === 'Notification' ? root.firstElementChild?.localName : null;
  return child === 'Toast' ? 'toast' : child === 'Tile' ? 'tile' : 'raw';
}

// An XML document made by the parser runs no script and loads nothing.
export function rootOf(text) {
  const parsed = new DOMParser().parseFromString(String(text).trimStart(), 'application/xml');
  return parsed.getElementsByTagName('parsererror').length ? null : parsed.documentElement;
}

export function contentType(format, payload) {
  if (format === 'windows') return windowsType(payload) === 'raw' ? 'application/octet-stream' : 'application/xml';
  if (format === 'windowsphone') return 'application/xml;charset=utf-8';
  return 'application/json;charset=utf-8';
}

export function parseJson(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

// Pretty printed for reading; null if it is neither JSON nor XML.
export function pretty(text) {
  const value = parseJson(text);
  if (value) return JSON.stringify(value, null, 2);
  const root = rootOf(text);
  return root ? prettyXml(root, 0).join('\n') : null;
}

function prettyXml(node, depth) {
  const pad = '  '.repeat(depth);
  const escaped = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  if (node.nodeType === Node.TEXT_NODE || node.nodeType === Node.CDATA_SECTION_NODE) {
    const text = node.nodeValue.trim();
    return text ? [pad + escaped(text)] : [];
  }
  if (node.nodeType !== Node.ELEMENT_NODE || depth > 60) return [];
  const attributes = [...node.attributes]
    .map((a) => ` ${a.name}="${escaped(a.value).replace(/"/g, '&quot;')}"`)
    .join('');
  const inner = [...node.childNodes].flatMap((child) => prettyXml(child, depth + 1));
  const open = `${pad}<${node.nodeName}${attributes}`;
  if (inner.length === 0) return [`${open}/>`];
  if (node.children.length === 0) return [`${open}>${inner.map((line) => line.trim()).join(' ')}</${node.nodeName}>`];
  return [`${open}>`, ...inner, `${pad}</${node.nodeName}>`];
}
