// The search field: words, and `tag:`, `platform:`, `device:`, `hub:`, `notification:` with a value, in quotes if it has spaces.

import { platformWord } from './platforms.js';

const FIELDS = ['tag', 'platform', 'device', 'hub', 'notification'];

export function parseSearch(text) {
  const filter = {};
  const words = [];
  for (const [, field, quoted, bare, word] of text.matchAll(/(?:([a-z]+):(?:"([^"]*)"?|(\S*)))|(\S+)/gi)) {
    if (word !== undefined) words.push(word);
    else if (FIELDS.includes(field.toLowerCase())) filter[field.toLowerCase()] = quoted ?? bare;
    else words.push(`${field}:${quoted ?? bare}`);
  }
  if (filter.platform) filter.platform = platformWord(filter.platform);
  if (words.length) filter.text = words.join(' ');
  for (const [name, value] of Object.entries(filter)) if (value === '') delete filter[name];
  return filter;
}

export function term(field, value) {
  return `${field}:${/[\s"]/.test(value) ? `"${value}"` : value}`;
}

// What the service is asked; part of a handle is text to it.
export function toQuery(filter) {
  const { device, pns_handle, ...query } = filter;
  if (pns_handle) query.device = pns_handle;
  else if (device && !query.text) query.text = device;
  return query;
}

export function matches(filter, delivery) {
  const has = (text, part) =>
    String(text ?? '')
      .toLowerCase()
      .includes(part.toLowerCase());
  if (filter.hub && delivery.hub.toLowerCase() !== filter.hub.toLowerCase()) return false;
  if (filter.platform && platformWord(delivery.platform) !== filter.platform) return false;
  if (filter.pns_handle && delivery.pns_handle !== filter.pns_handle) return false;
  if (filter.device && !has(delivery.pns_handle, filter.device)) return false;
  if (filter.notification && delivery.notification_id !== filter.notification) return false;
  if (filter.tag && !(delivery.tags ?? []).some((tag) => tag.toLowerCase() === filter.tag.toLowerCase())) return false;
  if (filter.text && ![delivery.payload, delivery.pns_handle].some((text) => has(text, filter.text))) return false;
  return true;
}
