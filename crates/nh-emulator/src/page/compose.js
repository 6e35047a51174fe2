// The form that sends a notification. It shows what the device would, and the code that would do the same.

import * as api from './api.js';
import { outcomeOf, said } from './compose-outcome.js';
import { stopTemplatePreview, templatePreview } from './compose-preview.js';
import { copyButton, h, replace, say } from './dom.js';
import { lines, readHeaders, readProperties } from './lines.js';
import { field } from './parts.js';
import { headersFor, PLATFORMS, parseJson, platform, shortHandle, TEMPLATE } from './platforms.js';
import { preview } from './preview.js';
import { openSheet, tabs } from './sheet.js';
import { curl, rust } from './snippet.js';

// What was typed last is there when the form opens again, also after a reload.
const KEPT = 'compose';
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
try {
  Object.assign(memory, JSON.parse(sessionStorage.getItem(KEPT) ?? '{}'));
} catch {
  // Storage can be forbidden, or full of something else.
}

function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(memory));
  } catch {
    // Not kept, then.
  }
}

// `prefill.key`: what is filled in once, and not again over what was typed since.
function fillIn(prefill) {
  if (!prefill || prefill.key === memory.key) return;
  const { key, device, payload, headers } = prefill;
  Object.assign(memory, { key, to: 'device', device: device.pns_handle, format: device.platform, hub: device.hub });
  if (payload === undefined) return;
  memory.payloads[memory.format] = payload;
  memory.headers[memory.format] = lines(headers ?? {}) || undefined;
}

export function openCompose({ status, devices, prefill }) {
  fillIn(prefill);
  const hubs = status?.hubs ?? [];
  if (!hubs.some(({ name }) => name === memory.hub)) memory.hub = hubs[0]?.name ?? '';
  const parts = controls(hubs, devices, () => edited());
  const { form, format, tags, device, payload, properties, headers, test, fields, stage, problem, outcome, submit } =
    parts;
  let token = null;

  const chooseFormat = () => {
    const word = memory.format;
    format.value = word;
    payload.value = memory.payloads[word] ?? PLATFORMS[word]?.example ?? '';
    memory.custom = memory.headers[word] !== undefined;
    headers.value = memory.headers[word] ?? lines(headersFor(word, payload.value));
    stage.dataset.platform = word;
    const fits = devices.filter((d) => word === 'template' || d.platform === word);
    replace(
      parts.knownDevices,
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
    to: memory.to,
    tags: memory.to === 'tags' ? tags.value.trim() : '',
    device: memory.to === 'device' ? device.value.trim() : '',
    headers: memory.format === 'template' ? {} : readHeaders(headers.value),
    test: test.checked,
  });

  const edited = (event) => {
    memory.to = form.elements.to.value;
    memory.hub = parts.hub.value || memory.hub;
    Object.assign(memory, { tags: tags.value, device: device.value, test: test.checked, properties: properties.value });
    const template = memory.format === 'template';
    if (event?.target === headers) memory.custom = true;
    if (!memory.custom) headers.value = lines(headersFor(memory.format, payload.value));
    if (!template) {
      if (event?.target === payload) memory.payloads[memory.format] = payload.value;
      memory.headers[memory.format] = memory.custom ? headers.value : undefined;
    }
    fields.payload.hidden = template;
    fields.headers.hidden = template;
    fields.properties.hidden = !template;
    fields.tags.hidden = memory.to !== 'tags';
    fields.device.hidden = memory.to !== 'device';
    const what = read();
    const missing = nobodyMeant(what);
    parts.rust.textContent = missing ? `// ${missing}` : rust(what);
    parts.curl.textContent = missing
      ? `# ${missing}`
      : curl(what, { authority: status?.authority ?? location.host, token });
    for (const control of [tags, device])
      control.setAttribute('aria-invalid', String(missing !== '' && control.name === memory.to));
    problem.textContent = missing || complaint(what);
    submit.textContent = memory.to === 'everyone' ? 'Send to every device' : 'Send';
    if (template) templatePreview(stage, what.properties, devices);
    else {
      stopTemplatePreview();
      replace(stage, preview(what.format, what.payload, what.headers).node);
    }
    keep();
  };

  const send = async (event) => {
    event.preventDefault();
    const what = read();
    const missing = nobodyMeant(what);
    if (missing) {
      replace(outcome);
      say(missing);
      (what.to === 'tags' ? tags : device).focus();
      return;
    }
    submit.disabled = true;
    replace(outcome);
    try {
      const answer = await api.send(body(what));
      replace(outcome, outcomeOf(answer));
      say(said(answer));
    } catch (why) {
      const refused = why.status ? `Refused with ${why.status}. ` : '';
      replace(outcome, h('p', { class: 'bad' }, h('strong', {}, refused), why.message));
      say(refused + why.message);
    } finally {
      submit.disabled = false;
      outcome.scrollIntoView({ block: 'nearest' });
    }
  };

  form.addEventListener('submit', send);
  form.addEventListener('input', edited);
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    // A list would open.
    event.preventDefault();
    form.requestSubmit();
  });
  format.addEventListener('input', () => {
    memory.format = format.value;
    chooseFormat();
  });
  const askToken = () =>
    api.token(memory.hub).then(
      (answer) => {
        token = answer.token;
        edited();
      },
      () => {},
    );
  parts.hub.addEventListener('change', askToken);
  parts.hub.value = memory.hub;
  chooseFormat();
  openSheet('compose', 'Send a notification', form);
  edited();
  askToken();
  (prefill?.payload !== undefined ? payload : format).focus();
}

function controls(hubs, devices, edited) {
  const text = (name, value, more) => h('input', { name, autocomplete: 'off', spellcheck: 'false', value, ...more });
  const area = (name, rows, value = '') => h('textarea', { name, rows, spellcheck: 'false', class: 'mono', value });
  const radio = (value, label) =>
    h(
      'label',
      { class: 'radio' },
      h('input', { type: 'radio', name: 'to', value, checked: memory.to === value, change: () => edited() }),
      label,
    );
  const option = (value, name) => h('option', { value }, name);
  const format = h(
    'select',
    { name: 'format' },
    Object.entries(PLATFORMS).map(([word, { name }]) => option(word, name)),
    option('template', TEMPLATE.name),
  );
  const hub = h(
    'select',
    { name: 'hub' },
    hubs.map(({ name }) => option(name, name)),
  );
  const tags = text('tags', memory.tags, { placeholder: 'sports && !politics', list: 'known-tags' });
  const device = text('device', memory.device, { placeholder: 'PNS handle', list: 'known-devices' });
  const payload = area('payload', '11');
  const properties = area('properties', '5', memory.properties);
  const headers = area('headers', '2');
  const test = h('input', { type: 'checkbox', name: 'test', checked: memory.test });
  const known = [...new Set(devices.flatMap((d) => d.registrations.flatMap((r) => r.tags ?? [])))];
  const knownDevices = h('datalist', { id: 'known-devices' });
  const fields = {
    tags: field('Tag expression', tags, 'A tag, or tags with &&, ||, ! and parentheses.'),
    device: field('Device', device, 'Sent directly, registered or not.'),
    payload: field('Payload', payload),
    properties: field('Properties', properties, 'One a line: name = value. They fill in the devices’ templates.'),
    headers: field('Platform headers', headers, 'One a line: Name: value'),
  };
  const stage = h('div', { class: 'stage' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const outcome = h('div', { class: 'outcome' });
  const rustPre = h('pre', { tabindex: '0', id: 'rust-code' });
  const curlPre = h('pre', { tabindex: '0', id: 'curl-code' });
  const submit = h('button', { type: 'submit', class: 'button primary' }, 'Send');
  const figure = (pre, caption, label) =>
    h(
      'figure',
      { class: 'code' },
      h(
        'figcaption',
        {},
        caption,
        copyButton(() => pre.textContent, label),
      ),
      pre,
    );
  const form = h(
    'form',
    { class: 'compose' },
    h(
      'div',
      { class: 'compose-form' },
      h('div', { class: 'fields' }, field('Format', format), hubs.length > 1 ? field('Hub', hub) : null),
      h(
        'fieldset',
        { class: 'field' },
        h('legend', { class: 'field-label' }, 'To'),
        h(
          'div',
          { class: 'radios' },
          radio('tags', 'devices by tags'),
          radio('device', 'one device'),
          radio('everyone', 'every device'),
        ),
      ),
      fields.tags,
      fields.device,
      problem,
      fields.payload,
      fields.properties,
      fields.headers,
      h('label', { class: 'check' }, test, h('span', {}, 'Test send: wait for the outcome on up to ten devices')),
      h('div', { class: 'buttons' }, submit, h('span', { class: 'muted' }, 'Ctrl+Enter')),
      outcome,
    ),
    h(
      'div',
      { class: 'compose-side' },
      h('h3', {}, 'As the device shows it'),
      stage,
      tabs('The same in code', [
        ['Rust', () => figure(rustPre, 'nh-hyper', 'Copy Rust')],
        ['curl', () => figure(curlPre, 'for a shell, with a token for 24 hours', 'Copy curl')],
      ]),
    ),
    h(
      'datalist',
      { id: 'known-tags' },
      known.map((tag) => h('option', { value: tag })),
    ),
    knownDevices,
  );
  return {
    form,
    format,
    hub,
    tags,
    device,
    payload,
    properties,
    headers,
    test,
    fields,
    stage,
    problem,
    outcome,
    submit,
    knownDevices,
    rust: rustPre,
    curl: curlPre,
  };
}

function body(what) {
  const sent = { format: what.format, hub: what.hub || undefined, test: what.test || undefined };
  // What was chosen is said, also if it is empty: the emulator refuses that, and leaving it out would mean everyone.
  if (what.to === 'tags') sent.tags = what.tags;
  if (what.to === 'device') sent.device = what.device;
  if (what.format === 'template') return { ...sent, properties: what.properties };
  const raw = what.headers['X-WNS-Type'] === 'wns/raw' ? { 'Content-Type': 'application/octet-stream' } : {};
  return { ...sent, payload: what.payload, headers: { ...raw, ...what.headers } };
}

// An empty field is no choice: nothing goes to everyone that was not meant for everyone.
function nobodyMeant({ to, tags, device }) {
  if (to === 'device' && device === '') return 'Which device? Give its PNS handle.';
  if (to === 'tags' && tags === '') return 'Which devices? Give a tag expression, or choose “every device”.';
  return '';
}

// A hint, not a bar: the hub has the last word.
function complaint({ format, payload, properties, device, headers }) {
  if (format === 'template') {
    if (device)
      return 'A template notification cannot go to one device directly: give a tag that only this device has.';
    return Object.keys(properties).length ? '' : 'No property yet.';
  }
  const bytes = new TextEncoder().encode(payload).length;
  if (bytes > 65536) return `${bytes.toLocaleString()} bytes. The hub takes 65,536 at most.`;
  if (!format.startsWith('windows') && parseJson(payload) === null) return 'The payload is not a JSON object.';
  if (format === 'windows' && headers['X-WNS-Type'] === 'wns/raw')
    return /^\s*</.test(payload) ? 'Not a well-formed toast, tile or badge: it goes out as raw bytes.' : '';
  if (format === 'browser' && device)
    return 'A direct send to a browser needs the keys of its subscription. The code has those of an example.';
  return '';
}
