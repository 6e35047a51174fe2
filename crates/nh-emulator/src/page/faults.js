// Faults on demand: what goes wrong, for which requests, how often.

import * as api from './api.js';
import { $, h, icon, replace } from './dom.js';

const OPERATIONS = [
  '',
  'SendNotification',
  'TestSend',
  'SendDirect',
  'SendDirectBatch',
  'ScheduleNotification',
  'PutInstallation',
  'CreateRegistration',
  'GetNotificationDetails',
];
const KINDS = {
  429: ['429 with Retry-After', { status: 429, retry_after: 5 }],
  503: ['503', { status: 503 }],
  500: ['500', { status: 500 }],
  slow: ['two seconds late', { delay_ms: 2000 }],
  before: ['connection dropped before', { connection: 'dropped-before' }],
  after: ['connection dropped after', { connection: 'dropped-after' }],
  truncate: ['answer cut short', { truncate: true }],
};

export async function drawFaults() {
  let all;
  try {
    all = await api.faults();
  } catch {
    return;
  }
  $('count-faults').textContent = all.length || '';
  const kind = h(
    'select',
    { 'aria-label': 'What goes wrong' },
    Object.entries(KINDS).map(([value, [name]]) => h('option', { value }, name)),
  );
  const operation = h(
    'select',
    { 'aria-label': 'For which operation' },
    OPERATIONS.map((name) => h('option', { value: name }, name || 'every operation')),
  );
  const times = h('input', { type: 'number', min: '1', value: '1', 'aria-label': 'How many times' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const act = (what) => async () => {
    try {
      await what();
      await drawFaults();
    } catch (why) {
      problem.textContent = why.message;
    }
  };
  const add = act(() =>
    api.addFault({
      ...KINDS[kind.value][1],
      ...(operation.value && { operation: operation.value }),
      times: Number(times.value) || 1,
    }),
  );
  replace(
    $('faults'),
    all.length
      ? h(
          'ul',
          { class: 'fault-list' },
          all.map((fault) =>
            h(
              'li',
              {},
              h('code', {}, describe(fault)),
              h(
                'button',
                {
                  type: 'button',
                  class: 'button quiet square',
                  'aria-label': `Remove the fault ${describe(fault)}`,
                  click: act(() => api.removeFault(fault.id)),
                },
                icon('close'),
              ),
            ),
          ),
        )
      : h('p', { class: 'muted' }, 'Everything works. Make something fail:'),
    h(
      'div',
      { class: 'steps' },
      kind,
      operation,
      times,
      h('span', { class: 'muted' }, 'times'),
      h('button', { type: 'button', class: 'button small', click: add }, 'Add'),
    ),
    problem,
  );
}

function describe({ id, ...fault }) {
  return (
    Object.entries(fault)
      .filter(([, value]) => value !== null && value !== false && value !== undefined)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ') || `fault ${id}`
  );
}
