// Faults on demand: what goes wrong, for which requests, how often. Whoever changes them, every open page shows it.

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

export class Faults {
  constructor() {
    this.list = h('div', { id: 'fault-list' });
    this.problem = h('p', { class: 'problem', role: 'alert' });
    this.kind = select(
      'What goes wrong',
      Object.entries(KINDS).map(([value, [name]]) => [value, name]),
    );
    this.operation = select(
      'For which operation',
      OPERATIONS.map((name) => [name, name || 'every operation']),
    );
    this.times = h('input', { type: 'number', min: '1', value: '1', 'aria-label': 'How many times' });
    const add = h(
      'button',
      { type: 'button', class: 'button small', id: 'add-fault', click: () => this.act(() => this.add()) },
      'Add',
    );
    const form = h(
      'div',
      { class: 'steps' },
      this.kind,
      this.operation,
      this.times,
      h('span', { class: 'muted' }, 'times'),
      add,
    );
    replace($('faults'), this.list, form, this.problem);
  }

  add() {
    const [, what] = KINDS[this.kind.value];
    const operation = this.operation.value || undefined;
    return api.addFault({ ...what, operation, times: Number(this.times.value) || 1 });
  }

  // What was done is shown when the emulator tells of it.
  async act(what) {
    this.problem.textContent = '';
    try {
      await what();
    } catch (why) {
      this.problem.textContent = why.message;
    }
  }

  async load() {
    let all;
    try {
      all = await api.faults();
    } catch {
      return;
    }
    const hadFocus = this.list.contains(document.activeElement);
    $('count-faults').textContent = all.length || '';
    replace(
      this.list,
      all.length
        ? h(
            'ul',
            { class: 'fault-list' },
            all.map((fault) => this.row(fault)),
          )
        : h('p', { class: 'muted' }, 'Everything works. Make something fail:'),
    );
    if (hadFocus) (this.list.querySelector('button') ?? this.kind).focus();
  }

  row(fault) {
    const text = describe(fault);
    const remove = () => this.act(() => api.removeFault(fault.id));
    return h(
      'li',
      {},
      h('code', {}, text),
      h(
        'button',
        { type: 'button', class: 'button quiet square', 'aria-label': `Remove the fault ${text}`, click: remove },
        icon('close'),
      ),
    );
  }
}

const select = (label, options) =>
  h(
    'select',
    { 'aria-label': label },
    options.map(([value, name]) => h('option', { value }, name)),
  );

function describe({ id, ...fault }) {
  const said = Object.entries(fault).filter(([, value]) => value !== null && value !== false && value !== undefined);
  return said.map(([name, value]) => `${name}: ${value}`).join(', ') || `fault ${id}`;
}
