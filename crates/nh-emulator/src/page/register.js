// The form that registers a demo device.

import * as api from './api.js';
import { $, h, replace, say } from './dom.js';
import { field } from './parts.js';
import { PLATFORMS, TEMPLATE_BODIES } from './platforms.js';
import { openSheet } from './sheet.js';

export function openRegister({ status, registered }) {
  const hubs = status?.hubs ?? [];
  const platform = h(
    'select',
    { name: 'platform' },
    Object.entries(PLATFORMS).map(([word, { name, device }]) =>
      h('option', { value: word }, name === device ? name : `${name}: ${device}`),
    ),
  );
  const hub = h(
    'select',
    { name: 'hub' },
    hubs.map(({ name }) => h('option', { value: name }, name)),
  );
  const tags = h('input', { name: 'tags', value: 'sports', autocomplete: 'off', spellcheck: 'false' });
  const handle = h('input', {
    name: 'handle',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'made up for you',
  });
  const useTemplate = h('input', { type: 'checkbox', name: 'use-template' });
  const name = h('input', { name: 'template-name', value: 'greeting', autocomplete: 'off' });
  const body = h('textarea', {
    name: 'template-body',
    rows: '5',
    class: 'mono',
    spellcheck: 'false',
    value: TEMPLATE_BODIES.apple,
  });
  const template = h(
    'div',
    { class: 'fields stacked', hidden: true },
    field('Template name', name),
    field('Template', body, 'Expressions such as $(greeting_en) are filled in by a template notification.'),
  );
  const problem = h('div', { class: 'outcome', role: 'alert' });
  useTemplate.addEventListener('change', () => (template.hidden = !useTemplate.checked));
  platform.addEventListener('change', () => (body.value = TEMPLATE_BODIES[platform.value]));

  const submit = async (event) => {
    event.preventDefault();
    const device = { platform: platform.value, tags: tags.value.split(/[\s,]+/).filter(Boolean) };
    if (hubs.length > 1) device.hub = hub.value;
    if (handle.value.trim()) device.pns_handle = handle.value.trim();
    if (useTemplate.checked) device.template = { name: name.value.trim(), body: body.value };
    try {
      const made = await api.register(device);
      $('register').close();
      say(`${PLATFORMS[device.platform].device} registered`);
      registered(made);
    } catch (why) {
      replace(problem, h('p', { class: 'bad' }, why.message));
    }
  };
  const form = h(
    'form',
    { class: 'register', submit },
    field('Platform', platform),
    hubs.length > 1 ? field('Hub', hub) : null,
    field('Tags', tags, 'Separated by spaces or commas.'),
    field('PNS handle', handle, 'What its push service calls it.'),
    h('label', { class: 'check' }, useTemplate, h('span', {}, 'With a template')),
    template,
    problem,
    h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'button primary' }, 'Register the device')),
  );
  openSheet('register', 'Register a demo device', form);
  platform.focus();
}
