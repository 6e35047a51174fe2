// A row of the inbox: one delivery, or many that look the same.

import { clockTime, h, icon } from './dom.js';
import { unfilled } from './parts.js';
import { platform, shortHandle } from './platforms.js';
import { preview } from './preview.js';

// So many tags are shown of a row.
const TAGS = 8;

// `does`: open(delivery), search(field, value), fold(group).
export function row({ delivery, group, isCut, isPart }, { isFresh, now, manyHubs, does }) {
  if (isPart) return part(delivery, { now, does });
  const many = group.items.length > 1;
  const kind = platform(delivery.platform);
  const { node, title } = preview(delivery.platform, delivery.payload, delivery.headers);
  const whom = many ? groupOf(group.items, kind, isCut) : { name: kind.device, handle: delivery.pns_handle };
  const label = [whom.name, whom.times, title.slice(0, 160)].filter(Boolean).join(', ');
  const all = many ? [...new Set(group.items.flatMap(({ tags }) => tags ?? []))] : (delivery.tags ?? []);
  const article = h(
    'article',
    { class: `row${isFresh ? ' fresh' : ''}`, 'aria-label': label, 'data-platform': delivery.platform },
    h('div', { class: 'row-drawn' }, node, unfilled(delivery)),
    h(
      'div',
      { class: 'row-meta' },
      h(
        'p',
        { class: 'row-device' },
        icon(kind.icon),
        h('strong', {}, whom.name),
        whom.handle ? h('span', { class: 'handle', title: whom.handle }, shortHandle(whom.handle)) : null,
      ),
      h(
        'p',
        { class: 'row-facts' },
        h('time', { datetime: delivery.time }, clockTime(delivery.time, now)),
        whom.times ? h('span', {}, whom.times) : null,
        h('span', {}, howRegistered(delivery)),
        manyHubs ? h('span', {}, delivery.hub) : null,
      ),
      all.length ? h('p', { class: 'tags' }, tags(all, does)) : null,
      many ? foldButton(group, isCut, does) : null,
      detailsButton(delivery, label, does),
    ),
  );
  opensOnClick(article, () => does.open(delivery));
  if (many) {
    article.addEventListener('keydown', (event) => {
      const wanted = { ArrowRight: true, ArrowLeft: false }[event.key];
      if (wanted === undefined || wanted === group.unfolded || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      does.fold(group);
    });
  }
  return article;
}

// One of many, in one line.
function part(delivery, { now, does }) {
  const time = clockTime(delivery.time, now);
  const article = h(
    'article',
    {
      class: 'row-part',
      'aria-label': `${platform(delivery.platform).device} ${shortHandle(delivery.pns_handle)}, ${time}`,
    },
    h('span', { class: 'handle', title: delivery.pns_handle }, shortHandle(delivery.pns_handle)),
    h('span', { class: 'part-tags' }, (delivery.tags ?? []).join(' · ')),
    h('time', { datetime: delivery.time }, time),
  );
  opensOnClick(article, () => does.open(delivery));
  return article;
}

function groupOf(items, kind, isCut) {
  const counted = (count) => `${count.toLocaleString()}${isCut ? '+' : ''}`;
  const handles = new Set(items.map(({ pns_handle }) => pns_handle)).size;
  const times = handles === items.length ? '' : `${counted(items.length)} times`;
  if (handles === 1) return { name: kind.device, handle: items[0].pns_handle, times };
  return { name: `${counted(handles)} × ${kind.device}`, times };
}

function howRegistered({ template, template_body, registration_id }) {
  if (template) return `template ${template}`;
  if (template_body) return 'template';
  return registration_id ? 'native' : 'direct';
}

function tags(all, does) {
  const shown = all.slice(0, TAGS).map((tag) =>
    h(
      'button',
      {
        type: 'button',
        class: 'tag',
        tabindex: '-1',
        title: `Search ${tag}`,
        click: (event) => {
          event.stopPropagation();
          does.search('tag', tag);
        },
      },
      tag,
    ),
  );
  return all.length > TAGS ? [...shown, h('span', { class: 'muted' }, `and ${all.length - TAGS} more`)] : shown;
}

function foldButton(group, isCut, does) {
  const click = (event) => {
    event.stopPropagation();
    does.fold(group);
  };
  const { unfolded, items } = group;
  const text = unfolded ? 'Show one row' : `Show all ${items.length.toLocaleString()}${isCut ? '+' : ''}`;
  return h(
    'p',
    { class: 'row-fold' },
    h('button', { type: 'button', class: 'fold-button linked', 'aria-expanded': String(unfolded), click }, text),
  );
}

function detailsButton(delivery, label, does) {
  const click = (event) => {
    event.stopPropagation();
    does.open(delivery);
  };
  return h(
    'button',
    { type: 'button', class: 'details-button button small', tabindex: '-1', 'aria-label': `Details: ${label}`, click },
    'Details',
  );
}

// Selecting text is not clicking.
function opensOnClick(article, open) {
  article.addEventListener('click', () => {
    if (!String(getSelection())) open();
  });
}
