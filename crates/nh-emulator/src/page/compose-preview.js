// What devices with a template would show. The emulator itself fills the templates in.

import * as api from './api.js';
import { h, plural, replace } from './dom.js';
import { unfilled } from './parts.js';
import { platform } from './platforms.js';
import { preview } from './preview.js';

// So many templates are drawn.
const SHOWN = 4;

let turn = 0;
let soon = null;

// What was asked for is not wanted any more.
export function stopTemplatePreview() {
  turn += 1;
  clearTimeout(soon);
}

export function templatePreview(stage, properties, devices) {
  stopTemplatePreview();
  const mine = turn;
  const all = templatesOf(devices);
  if (all.length === 0) {
    replace(
      stage,
      h(
        'div',
        { class: 'drawn silent' },
        h('p', { class: 'silent-kind' }, 'Each device fills in its own template'),
        h('p', { class: 'silent-note' }, 'No device here has one: register one with a template.'),
      ),
    );
    return;
  }
  // Whoever types is not asked for each letter.
  soon = setTimeout(async () => {
    const drawn = await Promise.all(all.slice(0, SHOWN).map((template) => filled(template, properties)));
    if (mine !== turn) return;
    const more = all.length - drawn.length;
    replace(stage, drawn, more > 0 ? h('p', { class: 'stage-note' }, `and ${plural(more, 'other template')}`) : null);
  }, 120);
}

// Each template once.
function templatesOf(devices) {
  const all = new Map();
  for (const device of devices) {
    for (const { template, template_body } of device.registrations) {
      if (template_body)
        all.set(`${device.platform} ${template_body}`, { word: device.platform, name: template, body: template_body });
    }
  }
  return [...all.values()];
}

async function filled({ word, name, body }, properties) {
  const label = h(
    'p',
    { class: 'stage-note' },
    `${platform(word).device}, ${name ? `template ${name}` : 'a template without a name'}`,
  );
  try {
    const { payload, unfilled_properties } = await api.render(body, properties);
    return h('div', { class: 'stage-one' }, label, preview(word, payload).node, unfilled({ unfilled_properties }));
  } catch (why) {
    return h('div', { class: 'stage-one' }, label, h('p', { class: 'bad' }, why.message));
  }
}
