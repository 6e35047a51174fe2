// The form that sends a notification. It shows what the device would, and the code that would do the same.

import * as api from './api.js';
import { append, copyButton, h, plural, replace, say } from './dom.js';
import { field, hintList } from './parts.js';
import { headersFor, parseJson, PLATFORMS, platform, shortHandle, TEMPLATE } from './platforms.js';
import { preview } from './preview.js';
import { openSheet, tabs } from './sheet.js';
import { curl, rust } from './snippet.js';

// What was typed last is there when the form opens again.
const memory = {
  format: 'apple',
  to: 'tags',
  tags: 'sports',
  device: '',
  test: false,
  payloads: {},
  headers: {},
  properties: 'greeting_en = Hello\ngreeting_fr = Salut',
  hub: '',
};

export function openCompose({ status, devices, prefill }) {
  if (prefill?.device) {
    Object.assign(memory, {
      to: 'device',
      device: prefill.device.pns_handle,
      format: prefill.device.platform,
      hub: prefill.device.hub,
    });
  }
  if (prefill?.payload !== undefined) {
    memory.payloads[memory.format] = prefill.payload;
    memory.headers[memory.format] = prefill.headers;
  }
  const hubs = status?.hubs ?? [];
  if (!hubs.some(({ name }) => name === memory.hub)) memory.hub = hubs[0]?.name ?? '';

  const format = h(
    'select',
    { name: 'format' },
    Object.entries(PLATFORMS).map(([word, { name }]) => h('option', { value: word }, name)),
    h('option', { value: 'template' }, TEMPLATE.name),
  );
  const hub = h(
    'select',
    { name: 'hub' },
    hubs.map(({ name }) => h('option', { value: name }, name)),
  );
  const radio = (value, label) =>
    h(
      'label',
      { class: 'radio' },
      h('input', { type: 'radio', name: 'to', value, checked: memory.to === value, change: () => edited() }),
      label,
    );
  const tags = h('input', {
    name: 'tags',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'everyone',
    value: memory.tags,
    list: 'known-tags',
  });
  const device = h('input', {
    name: 'device',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'PNS handle',
    value: memory.device,
    list: 'known-devices',
  });
  const payload = h('textarea', { name: 'payload', rows: '11', spellcheck: 'false', class: 'mono' });
  const properties = h('textarea', {
    name: 'properties',
    rows: '5',
    spellcheck: 'false',
    class: 'mono',
    value: memory.properties,
  });
  const headers = h('textarea', { name: 'headers', rows: '2', spellcheck: 'false', class: 'mono' });
  const test = h('input', { type: 'checkbox', name: 'test', checked: memory.test });
  const known = [...new Set(devices.flatMap((d) => d.registrations.flatMap((r) => r.tags ?? [])))];
  const lists = [
    h(
      'datalist',
      { id: 'known-tags' },
      known.map((tag) => h('option', { value: tag })),
    ),
    h('datalist', { id: 'known-devices' }),
  ];
  const payloadField = field('Payload', payload);
  const propertiesField = field(
    'Properties',
    properties,
    'One a line: name = value. They fill in the devices’ templates.',
  );
  const headersField = field('Platform headers', headers, 'One a line: Name: value');
  const tagsField = field('Tag expression', tags, 'sports && !politics. Empty: every device.');
  const deviceField = field('Device', device, 'Sent directly, registered or not.');
  const stage = h('div', { class: 'stage' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const outcome = h('div', { class: 'outcome' });
  const rustPre = h('pre', { tabindex: '0', id: 'rust-code' });
  const curlPre = h('pre', { tabindex: '0', id: 'curl-code' });
  const submit = h('button', { type: 'submit', class: 'button primary' }, 'Send');

  const chooseFormat = () => {
    const word = memory.format;
    format.value = word;
    payload.value = memory.payloads[word] ?? PLATFORMS[word]?.example ?? '';
    memory.custom = memory.headers[word] !== undefined;
    headers.value = memory.headers[word] ?? lines(headersFor(word, payload.value));
    stage.dataset.platform = word;
    const fits = devices.filter((d) => word === 'template' || d.platform === word);
    replace(
      lists[1],
      fits.map((d) =>
        h('option', { value: d.pns_handle }, `${platform(d.platform).device} ${shortHandle(d.pns_handle)}`),
      ),
    );
  };

  const read = () => ({
    hub: memory.hub,
    format: memory.format,
    payload: payload.value,
    properties: readProperties(properties.value),
    tags: memory.to === 'tags' ? tags.value.trim() : '',
    device: memory.to === 'device' ? device.value.trim() : '',
    headers: memory.format === 'template' ? {} : readHeaders(headers.value),
    test: test.checked,
  });

  const edited = (event) => {
    memory.to = form.elements.to.value;
    memory.hub = hub.value || memory.hub;
    Object.assign(memory, { tags: tags.value, device: device.value, test: test.checked, properties: properties.value });
    const template = memory.format === 'template';
    if (event?.target === headers) memory.custom = true;
    if (!memory.custom) headers.value = lines(headersFor(memory.format, payload.value));
    if (!template) {
      if (event?.target === payload) memory.payloads[memory.format] = payload.value;
      memory.headers[memory.format] = memory.custom ? headers.value : undefined;
    }
    payloadField.hidden = template;
    headersField.hidden = template;
    propertiesField.hidden = !template;
    tagsField.hidden = memory.to !== 'tags';
    deviceField.hidden = memory.to !== 'device';
    const what = read();
    rustPre.textContent = rust(what);
    curlPre.textContent = curl(what, status?.authority ?? location.host);
    problem.textContent = complaint(what);
    replace(stage, template ? templatePreview(what, devices) : preview(what.format, what.payload, what.headers).node);
  };

  const send = async (event) => {
    event.preventDefault();
    const what = read();
    submit.disabled = true;
    replace(outcome);
    const body = {
      format: what.format,
      hub: what.hub || undefined,
      tags: what.tags || undefined,
      device: what.device || undefined,
      test: what.test || undefined,
    };
    if (what.format === 'template') body.properties = what.properties;
    else {
      const raw = what.headers['X-WNS-Type'] === 'wns/raw' ? { 'Content-Type': 'application/octet-stream' } : {};
      Object.assign(body, { payload: what.payload, headers: { ...raw, ...what.headers } });
    }
    try {
      const answer = await api.send(body);
      replace(outcome, accepted(answer));
      say([verdict(answer).text, ...answer.hints].join(' '));
    } catch (why) {
      const refused = why.status ? `Refused with ${why.status}. ` : '';
      replace(outcome, h('p', { class: 'bad' }, h('strong', {}, refused), why.message));
      say(refused + why.message);
    } finally {
      submit.disabled = false;
      outcome.scrollIntoView({ block: 'nearest' });
    }
  };

  const form = h(
    'form',
    { class: 'compose', submit: send, input: (event) => edited(event) },
    h(
      'div',
      { class: 'compose-form' },
      h('div', { class: 'fields' }, field('Format', format), hubs.length > 1 ? field('Hub', hub) : null),
      h(
        'fieldset',
        { class: 'field' },
        h('legend', { class: 'field-label' }, 'To'),
        h('div', { class: 'radios' }, radio('tags', 'devices by tags'), radio('device', 'one device')),
      ),
      tagsField,
      deviceField,
      payloadField,
      propertiesField,
      headersField,
      h('label', { class: 'check' }, test, h('span', {}, 'Test send: wait for the outcome on up to ten devices')),
      problem,
      h('div', { class: 'buttons' }, submit, h('span', { class: 'muted' }, 'Ctrl+Enter')),
      outcome,
    ),
    h(
      'div',
      { class: 'compose-side' },
      h('h3', {}, 'As the device shows it'),
      stage,
      tabs('The same in code', [
        [
          'Rust',
          () =>
            h(
              'figure',
              { class: 'code' },
              h(
                'figcaption',
                {},
                'nh-hyper',
                copyButton(() => rustPre.textContent, 'Copy Rust'),
              ),
              rustPre,
            ),
        ],
        [
          'curl',
          () =>
            h(
              'figure',
              { class: 'code' },
              h(
                'figcaption',
                {},
                'with the token of nhub',
                copyButton(() => curlPre.textContent, 'Copy curl'),
              ),
              curlPre,
            ),
        ],
      ]),
    ),
    lists,
  );
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  format.addEventListener('input', () => {
    memory.format = format.value;
    chooseFormat();
  });
  hub.value = memory.hub;
  chooseFormat();
  openSheet('compose', 'Send a notification', form);
  edited();
  (prefill?.payload !== undefined ? payload : format).focus();
}

// Only what went as expected is green.
function verdict({ matched, hints }) {
  if (matched === 0) return { kind: 'fair', text: 'Accepted, but no device matched.' };
  const devices = `${plural(matched, 'device')} matched.`;
  return hints.length
    ? { kind: 'fair', text: `Accepted, with ${plural(hints.length, 'hint')}. ${devices}` }
    : { kind: 'good', text: `Accepted. ${devices}` };
}

function accepted(answer) {
  const { notification_id, outcome, hints } = answer;
  const { kind, text } = verdict(answer);
  const parts = [
    h('p', { class: kind }, h('strong', {}, text)),
    hintList(hints),
    notification_id ? h('code', {}, notification_id) : null,
  ];
  if (outcome?.results?.length) {
    const { success, failure, results } = outcome;
    parts.push(h('p', {}, `${plural(success, 'device')} took it, ${failure} did not.`));
    parts.push(
      h(
        'table',
        { class: 'pairs' },
        h(
          'tbody',
          {},
          results.map((r) =>
            h(
              'tr',
              {},
              h(
                'th',
                { scope: 'row' },
                platform(r.platform).device,
                ' ',
                h('span', { class: 'handle' }, shortHandle(r.pns_handle)),
              ),
              h('td', {}, r.outcome),
            ),
          ),
        ),
      ),
    );
  }
  return parts;
}

const lines = (headers) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

function readHeaders(text) {
  const pairs = text
    .split('\n')
    .map((line) => line.split(/:(.*)/s))
    .filter(([name, value]) => name.trim() && value !== undefined);
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim(), value.trim()]));
}

function readProperties(text) {
  const pairs = text
    .split('\n')
    .map((line) => line.split(/=(.*)/s))
    .filter(([name]) => name.trim());
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim(), (value ?? '').trim()]));
}

// A hint, not a bar: the hub has the last word.
function complaint({ format, payload, properties, device, headers }) {
  if (format === 'template') return Object.keys(properties).length ? '' : 'No property yet.';
  const bytes = new TextEncoder().encode(payload).length;
  if (bytes > 65536) return `${bytes.toLocaleString()} bytes. The hub takes 65,536 at most.`;
  if (!format.startsWith('windows') && parseJson(payload) === null) return 'The payload is not a JSON object.';
  if (format === 'windows' && headers['X-WNS-Type'] === 'wns/raw')
    return /^\s*</.test(payload) ? 'Not a well-formed toast, tile or badge: it goes out as raw bytes.' : '';
  if (format === 'browser' && device) return 'A direct send to a browser needs the keys of its subscription.';
  return '';
}

function templatePreview({ properties }, devices) {
  const reached = devices.filter((d) => d.registrations.some((r) => r.template !== null)).length;
  const rows = h('dl', { class: 'data-rows' });
  for (const [name, value] of Object.entries(properties)) append(rows, [h('dt', {}, name), h('dd', {}, value)]);
  return h(
    'div',
    { class: 'drawn silent' },
    h('p', { class: 'silent-kind' }, 'Each device fills in its own template'),
    h(
      'p',
      { class: 'silent-note' },
      reached
        ? `${plural(reached, 'device')} here ${reached === 1 ? 'has' : 'have'} one.`
        : 'No device here has one: register one with a template.',
    ),
    rows,
  );
}
