// The search field: words in any order, and a field with a value, in quotes if it has spaces. All of them must fit.

import { parseJson, platformWord } from './platforms.js';

// The fields, and what the control API calls them.
const FIELDS = {
  tag: 'tag',
  template: 'template',
  platform: 'platform',
  device: 'handle',
  hub: 'hub',
  notification: 'notification',
  registration: 'registration',
};

export const FIELD_HELP = Object.keys(FIELDS)
  .map((name) => `${name}:`)
  .join(' ');

// Any template, as the control API has it.
const ANY = '*';

export function parseSearch(text) {
  const filter = { words: [], tags: [] };
  for (const [, field, quoted, bare, phrase, word] of text.matchAll(
    /(?:([a-z]+):(?:"([^"]*)"?|(\S*)))|"([^"]*)"?|(\S+)/gi,
  )) {
    const name = field?.toLowerCase();
    const value = quoted ?? bare;
    if (name === 'tag') filter.tags.push(value);
    else if (name && name in FIELDS) filter[name] = value;
    else filter.words.push((phrase ?? word ?? `${field}:${value}`).toLowerCase());
  }
  if (filter.platform) filter.platform = platformWord(filter.platform);
  if (filter.template === '') filter.template = ANY;
  filter.words = filter.words.filter(Boolean);
  filter.tags = filter.tags.filter(Boolean);
  for (const [name, value] of Object.entries(filter)) if (value.length === 0) delete filter[name];
  return filter;
}

const quoted = (value) => (/[\s"]/.test(value) ? `"${value}"` : value);

export const term = (field, value) => `${field}:${quoted(value)}`;

// What the control API is asked.
export function toQuery({ words, tags, pns_handle, ...fields }) {
  const query = { tag: tags, text: words?.map(quoted), device: pns_handle };
  for (const [name, value] of Object.entries(fields)) query[FIELDS[name]] = value;
  return query;
}

const same = (wanted, is) => wanted === undefined || wanted.toLowerCase() === String(is ?? '').toLowerCase();

export function matches(filter, delivery) {
  const { template, device, tags, words } = filter;
  const known = (delivery.tags ?? []).map((tag) => tag.toLowerCase());
  return (
    same(filter.hub, delivery.hub) &&
    (filter.platform === undefined || platformWord(delivery.platform) === filter.platform) &&
    same(filter.pns_handle, delivery.pns_handle) &&
    same(filter.notification, delivery.notification_id) &&
    same(filter.registration, delivery.registration_id) &&
    (template === ANY ? delivery.template_body !== null : same(template, delivery.template)) &&
    (device === undefined || delivery.pns_handle.toLowerCase().includes(device.toLowerCase())) &&
    (tags ?? []).every((tag) => known.includes(tag.toLowerCase())) &&
    (words === undefined || says(delivery, words))
  );
}

function says(delivery, words) {
  const { notification_id, registration_id, template, pns_handle, payload, tags } = delivery;
  const all = [notification_id, registration_id, template, pns_handle, asShown(payload), ...(tags ?? [])];
  const texts = all.map((text) => String(text ?? '').toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)));
}

// A payload with what it says unescaped: SDKs write `\u00fc` where a device shows `ü`.
function asShown(payload) {
  if (payload.includes('\\')) {
    const value = parseJson(payload);
    if (value) return JSON.stringify(value);
  } else if (payload.includes('&')) {
    const parsed = new DOMParser().parseFromString(payload, 'application/xml');
    if (!parsed.querySelector('parsererror')) return `${payload}\n${parsed.documentElement.textContent}`;
  }
  return payload;
}
