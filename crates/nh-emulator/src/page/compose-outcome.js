// What is said of a send that was taken.

import { copied, h, plural } from './dom.js';
import { hintList } from './parts.js';
import { platform, shortHandle } from './platforms.js';
import { deliveriesOf } from './route.js';
import { reached } from './sends.js';

// Only what went as expected is green.
function verdict(answer) {
  const { kind, text } = reached(answer);
  return { kind: kind === 'good' && answer.hints.length ? 'fair' : kind, text };
}

export const said = (answer) => [verdict(answer).text, ...answer.hints].join(' ');

export function outcomeOf(answer) {
  const { notification_id, outcome, hints, delivered } = answer;
  const { kind, text } = verdict(answer);
  const all = deliveriesOf(notification_id);
  const parts = [
    h('p', { class: kind }, h('strong', {}, text)),
    hintList(hints),
    h(
      'p',
      { class: 'outcome-id' },
      copied(notification_id, 'the notification’s id'),
      delivered ? h('a', { class: 'linked', href: all }, 'what arrived') : null,
    ),
  ];
  if (outcome?.results?.length) {
    const { success, failure, results } = outcome;
    parts.push(h('p', {}, `${plural(success, 'device')} took it, ${failure} did not.`));
    parts.push(h('table', { class: 'pairs' }, h('tbody', {}, results.map(result))));
  }
  return parts;
}

const result = ({ platform: word, pns_handle, outcome }) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, platform(word).device, ' ', h('span', { class: 'handle' }, shortHandle(pns_handle))),
    h('td', {}, outcome),
  );
