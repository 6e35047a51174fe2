// The log of requests to the data plane, newest first.

import * as api from './api.js';
import { $, clockTime, h, icon, plural } from './dom.js';
import { WindowedList } from './list.js';
import { code, hintList, pairs } from './parts.js';
import { pretty } from './platforms.js';
import { openSheet, tabs } from './sheet.js';

const PAGE = 400;

export class Requests {
  constructor({ now }) {
    this.now = now;
    this.all = [];
    this.turn = 0;
    this.meanwhile = [];
    this.complete = false;
    this.list = new WindowedList({
      scroller: $('requests-scroller'),
      host: $('requests-feed'),
      render: (request) => this.row(request),
      estimate: () => 46,
      nearEnd: () => this.older(),
      open: (request) => this.open(request),
      setSize: () => (this.complete ? this.shown.length : -1),
    });
    this.shown = [];
    $('request-search').addEventListener('input', () => this.show());
    $('request-status').addEventListener('change', () => this.show());
    $('request-form').addEventListener('submit', (event) => event.preventDefault());
    $('clear-requests').addEventListener('click', async () => {
      await api.clearRequests();
      this.all = [];
      this.complete = true;
      this.show();
    });
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
      this.list.forgetOthers(page);
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
      this.all = [...this.all, ...page.reverse()];
      this.show();
    } finally {
      this.fetching = false;
    }
  }

  arrived(requests) {
    this.meanwhile = [...[...requests].reverse(), ...this.meanwhile].slice(0, 20_000);
    const newest = this.all[0]?.id ?? -1;
    this.all = [...requests.filter((request) => request.id > newest).reverse(), ...this.all];
    this.show();
  }

  show() {
    const words = $('request-search').value.trim().toLowerCase();
    const status = $('request-status').value;
    this.shown = this.all.filter((request) => {
      if (status === 'dropped' && request.status !== null) return false;
      if (status === 'hints' && request.hints.length === 0) return false;
      if (/\d/.test(status) && String(request.status ?? '')[0] !== status) return false;
      return !words || `${request.method} ${request.path} ${request.operation}`.toLowerCase().includes(words);
    });
    $('requests-empty').hidden = this.shown.length > 0;
    $('requests-feed').hidden = this.shown.length === 0;
    this.list.set(this.shown);
  }

  row(request) {
    const status = request.status ?? 'dropped';
    const kind =
      request.status === null ? 'bad' : request.status < 300 ? 'good' : request.status < 500 ? 'fair' : 'bad';
    const hints = request.hints.length ? plural(request.hints.length, 'hint') : '';
    const row = h(
      'article',
      {
        class: 'request',
        'aria-label': [request.operation ?? request.method, status, hints, request.path].filter(Boolean).join(', '),
      },
      h('span', { class: `status ${kind}` }, String(status)),
      h(
        'span',
        { class: 'request-operation' },
        h('span', {}, request.operation ?? 'Unknown operation'),
        hints ? h('span', { class: 'hint-mark', title: request.hints.join('\n') }, icon('hint'), hints) : null,
      ),
      h('span', { class: 'request-path' }, h('b', {}, request.method), ` ${request.path}`),
      h('span', { class: 'request-took' }, request.fault ? 'fault' : took(request.microseconds)),
      h('time', { datetime: request.time }, clockTime(request.time, this.now())),
    );
    row.addEventListener('click', () => {
      if (!String(getSelection())) this.open(request);
    });
    return row;
  }

  open(request) {
    const text = (body) => pretty(body ?? '') ?? body ?? '';
    openSheet(
      'details',
      `${request.operation ?? request.method} · ${request.status ?? 'connection dropped'}`,
      h('p', { class: 'request-line mono' }, icon('send'), `${request.method} ${request.path}`),
      hintList(request.hints),
      tabs('Request and response', [
        [
          'Request',
          () => [pairs(request.request_headers ?? [], 'No headers.'), code(text(request.request_body), 'Body')],
        ],
        [
          'Response',
          () => [pairs(request.response_headers ?? [], 'No headers.'), code(text(request.response_body), 'Body')],
        ],
      ]),
      h(
        'dl',
        { class: 'facts' },
        [
          ['Time', request.time],
          ['Hub', request.hub ?? 'none'],
          ['Took', took(request.microseconds)],
          ['Fault', request.fault ? JSON.stringify(request.fault) : 'none'],
        ].map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
      ),
    );
    $('details').onkeydown = null;
  }
}

const took = (microseconds) =>
  microseconds >= 10_000
    ? `${(microseconds / 1000).toFixed(0)} ms`
    : microseconds >= 1000
      ? `${(microseconds / 1000).toFixed(1)} ms`
      : `${microseconds ?? '?'} µs`;
