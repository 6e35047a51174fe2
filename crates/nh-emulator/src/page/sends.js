// What is said of a send: to whom it went, and whom it reached. Only what reached everyone it was for is green.

import { plural } from './dom.js';

export function whom({ tags, handles }) {
  if (handles !== null && handles !== undefined)
    return handles === 1 ? 'one device directly' : `${plural(handles, 'device')} directly`;
  return tags ?? 'every device';
}

// `text` stands alone; `brief` stands beside the tags.
export function reached({ matched, delivered, ...send }) {
  const said = (kind, text, brief = text) => ({ kind, text, brief });
  if (matched === null) return said('muted', 'Waits for its time.');
  const nobody = 'Nobody got it: no device matched';
  if (matched === 0) return said('bad', `${nobody} ${send.tags ?? whom(send)}.`, `${nobody}.`);
  const devices = plural(matched, 'device');
  if (delivered === 0) return said('bad', `Nobody got it: ${devices} matched, and each push service refused it.`);
  if (delivered < matched) return said('fair', `${delivered.toLocaleString()} of ${devices} got it.`);
  return said('good', `${devices} got it.`);
}
