// What is said of a send: to whom it went, and whom it reached. Only what reached everyone it was for is green.

import { plural } from './dom.js';

export function whom({ tags, handles }) {
  if (handles !== null && handles !== undefined)
    return handles === 1 ? 'one device directly' : `${plural(handles, 'device')} directly`;
  return tags ?? 'every device';
}

export function reached({ matched, delivered, ...send }) {
  if (matched === null) return { kind: 'muted', text: 'Waits for its time.' };
  if (matched === 0) return { kind: 'bad', text: `Nobody got it: no device matched ${send.tags ?? whom(send)}.` };
  const devices = plural(matched, 'device');
  if (delivered === 0)
    return { kind: 'bad', text: `Nobody got it: ${devices} matched, and each push service refused it.` };
  if (delivered < matched) return { kind: 'fair', text: `${delivered.toLocaleString()} of ${devices} got it.` };
  return { kind: 'good', text: `${devices} got it.` };
}
