// The log of requests to the data plane, newest first.

import * as api from './api.js';
import { $, clockTime, h, icon, plural, say } from './dom.js';
import { WindowedList } from './list.js';
import { deliveriesOf, go } from './route.js';
import { reached, whom } from './sends.js';
import { confirm } from './sheet.js';

const PAGE = 400;
// The emulator keeps no more.
const MOST = 1000;

export class Requests {
  constructor({ now, open }) {
    this.now = now;
    this.all = [];
    this.turn = 0;
    this.meanwhile = [];
    this.complete = false;
    this.words = [];
    this.status = '';
    this.list = new WindowedList({
      scroller: $('requests-scroller'),
      host: $('requests-feed'),
      render: ({ request }) => this.row(request),
      estimate: ({ request }) => (request.send ? 66 : 46),
      nearEnd: () => this.older(),
      open: ({ request }) => open(request),
      setSize: () => (this.complete ? this.shown.length : -1),
    });
    this.open = open;
    this.shown = [];
    const searched = () =>
      go({ q: $('request-search').value.trim(), status: $('request-status').value }, { replace: true });
    $('request-search').addEventListener('input', searched);
    $('request-status').addEventListener('change', searched);
    $('request-form').addEventListener('submit', (event) => event.preventDefault());
    $('clear-requests').addEventListener('click', () => this.clear());
  }

  async clear() {
    const text =
      'What was asked is forgotten, here and for everyone who looks at this log. What the devices received stays.';
    if (!(await confirm('Clear the log of requests?', text, 'Clear the log', 'Keep it'))) return;
    await api.clearRequests().then(
      () => say('Log cleared'),
      (why) => say(why.message),
    );
  }

  // What stands in the address is shown.
  apply({ q = '', status = '' }) {
    if ($('request-search').value.trim() !== q) $('request-search').value = q;
    $('request-status').value = status;
    this.words = wordsOf(q);
    this.status = status;
    const only = ['hints', 'unreached'].includes(status) ? status : undefined;
    $('export-requests').href = api.urlOf('requests.jsonl', { text: q, only, status: only ? undefined : status });
    this.show();
  }

  async load() {
    this.turn += 1;
    const { turn } = this;
    this.meanwhile = [];
    try {
      const page = await api.requests({ limit: PAGE });
      if (turn !== this.turn) return;
      const newest = page.at(-1)?.id ?? -1;
      this.complete = page.length < PAGE;
      this.all = [...this.meanwhile.filter((request) => request.id > newest), ...page.reverse()];
      this.show();
    } catch {
      // The banner of the connection says it.
    }
  }

  async older() {
    if (this.complete || this.fetching || this.all.length === 0) return;
    this.fetching = true;
    try {
      const page = await api.requests({ limit: PAGE, before: this.all.at(-1).id });
      this.complete = page.length < PAGE;
      this.all = [...this.all, ...page.reverse()].slice(0, MOST);
      this.show();
    } finally {
      this.fetching = false;
    }
  }

  arrived(requests) {
    this.meanwhile = [...[...requests].reverse(), ...this.meanwhile].slice(0, MOST);
    const newest = this.all[0]?.id ?? -1;
    const fresh = requests.filter((request) => request.id > newest).reverse();
    this.all = [...fresh, ...this.all].slice(0, MOST);
    this.show();
  }

  cleared() {
    this.all = [];
    this.meanwhile = [];
    this.complete = true;
    this.show();
  }

  // What waited may have been sent.
  scheduleChanged() {
    if (this.all.some(({ send }) => send?.matched === null)) this.load();
  }

  show() {
    if ($('requests-view').hidden) return;
    this.shown = this.all.filter((request) => hasStatus(request, this.status) && says(request, this.words));
    $('requests-empty').hidden = this.shown.length > 0;
    $('requests-feed').hidden = this.shown.length === 0;
    this.list.set(
      this.shown.map((request) => ({
        id: `r${request.id}`,
        version: `${request.time} ${request.send?.matched}`,
        request,
      })),
    );
  }

  row(request) {
    const { send, hints: told } = request;
    const status = request.status ?? 'dropped';
    const hints = told.length ? plural(told.length, 'hint') : '';
    const outcome = send ? reached(send) : null;
    const label = [request.operation ?? request.method, status, outcome?.text, hints, request.path];
    const row = h(
      'article',
      { class: 'request', 'aria-label': label.filter(Boolean).join(', ') },
      h('span', { class: `status ${kindOf(request, outcome)}` }, String(status)),
      h(
        'span',
        { class: 'request-operation' },
        h('span', {}, request.operation ?? 'Unknown operation'),
        hints ? h('span', { class: 'hint-mark', title: told.join('\n') }, icon('hint'), hints) : null,
      ),
      h('span', { class: 'request-path' }, h('b', {}, request.method), ` ${request.path}`),
      send ? sendLine(send, outcome) : null,
      h('span', { class: 'request-took' }, request.fault ? 'fault' : took(request.microseconds)),
      h('time', { datetime: request.time }, clockTime(request.time, this.now())),
    );
    row.addEventListener('click', () => {
      if (!String(getSelection())) this.open(request);
    });
    return row;
  }
}

// Its format, to whom it went, and the way to what the devices received.
function sendLine(send, { kind, brief }) {
  return h(
    'span',
    { class: 'request-send' },
    h('span', { class: 'send-format' }, send.format),
    h('code', { class: 'send-tags' }, whom(send)),
    send.matched === null ? null : numbers(send, kind),
    kind === 'good' ? null : h('span', { class: `send-said ${kind}` }, brief),
  );
}

function numbers({ matched, delivered, notification_id }, kind) {
  const text = `matched ${matched.toLocaleString()} · delivered ${delivered.toLocaleString()}`;
  if (delivered === 0) return h('span', { class: 'send-numbers' }, text);
  const href = deliveriesOf(notification_id);
  return h(
    'a',
    { class: `send-numbers linked ${kind}`, href, title: 'Its deliveries', click: (event) => event.stopPropagation() },
    text,
  );
}

// An answer of 201 says that the hub took it, and not that anybody got it.
function kindOf({ status }, outcome) {
  if (status === null || status >= 500) return 'bad';
  if (status >= 300) return 'fair';
  return outcome && outcome.kind !== 'muted' ? outcome.kind : 'good';
}

function hasStatus({ status, hints, send }, wanted) {
  if (wanted === '') return true;
  if (wanted === 'hints') return hints.length > 0;
  if (wanted === 'unreached') return send?.delivered === 0;
  if (wanted === 'dropped') return status === null;
  return `${Math.floor(status / 100)}xx` === wanted;
}

const wordsOf = (text) =>
  [...text.toLowerCase().matchAll(/"([^"]*)"?|(\S+)/g)].map(([, phrase, word]) => phrase ?? word).filter(Boolean);

function says({ method, path, operation, send }, words) {
  const all = [method, path, operation, send?.notification_id, send?.format, send?.tags];
  const texts = all.map((text) => String(text ?? '').toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)));
}

export function took(microseconds) {
  if (microseconds >= 10_000) return `${(microseconds / 1000).toFixed(0)} ms`;
  return microseconds >= 1000 ? `${(microseconds / 1000).toFixed(1)} ms` : `${microseconds ?? '?'} µs`;
}
