// Windows: toasts of both generations, tiles, badges, raw; and Windows Phone's toasts and tiles.

import { h, icon } from './dom.js';
import { picture, plain, silent } from './drawing.js';
import { phoneType, rootOf } from './platforms.js';

export function windows(text, headers) {
  const type = headers['x-wns-type']?.toLowerCase();
  if (type === 'wns/raw') return raw(text, 'Raw notification', 'Bytes for the app itself. Nothing is shown.');
  const root = rootOf(text);
  switch (root?.localName) {
    case 'toast':
      return toast(root);
    case 'tile':
      return tile(root);
    case 'badge':
      return badge(root);
    default:
      return plain('windows', text, root ? `Not a toast, tile or badge: <${root.nodeName}>` : 'Not well-formed XML');
  }
}

function raw(text, kind, note) {
  const drawn = silent(kind, note);
  drawn.node.append(h('pre', {}, text.slice(0, 400) || '(empty)'));
  return { node: drawn.node, title: `${kind}: ${text.slice(0, 80)}` };
}

const all = (node, name) => [...node.getElementsByTagName(name)];
const texts = (node) =>
  all(node, 'text')
    .map((t) => t.textContent.trim())
    .filter(Boolean);

function toast(root) {
  const binding = all(root, 'binding')[0] ?? root;
  const template = binding.getAttribute('template') ?? 'ToastGeneric';
  const attribution = all(binding, 'text').find((t) => t.getAttribute('placement') === 'attribution');
  const lines = texts(binding).filter((line) => line !== attribution?.textContent.trim());
  const images = all(binding, 'image');
  const placed = (where) => images.find((image) => image.getAttribute('placement') === where);
  const hero = placed('hero');
  const logo = placed('appLogoOverride') ?? (/^ToastImageAndText/.test(template) ? images[0] : undefined);
  const inline = images.filter((image) => image !== hero && image !== logo);
  const source = (image) => image.getAttribute('src') ?? '';
  // The old templates say by their number whether the first line is a headline.
  const headline = !/Text01$/.test(template);
  const progress = all(binding, 'progress')[0];
  const actions = all(root, 'action');
  const inputs = all(root, 'input');
  const scenario = root.getAttribute('scenario');
  const node = h(
    'div',
    { class: 'drawn win' },
    hero ? picture(source(hero), 'win-hero', hero.getAttribute('alt') ?? 'Image') : null,
    h(
      'p',
      { class: 'win-app' },
      h('span', { class: 'win-icon' }),
      h('span', {}, scenario ? `Your app · ${scenario}` : 'Your app'),
      h('span', { class: 'win-x' }, icon('more'), icon('close')),
    ),
    h(
      'div',
      { class: 'win-row' },
      logo
        ? picture(source(logo), logo.getAttribute('hint-crop') === 'circle' ? 'win-logo round' : 'win-logo', 'Logo')
        : null,
      h(
        'div',
        { class: 'win-text' },
        lines.length === 0 ? h('p', { class: 'win-line' }, 'New notification') : null,
        lines.map((line, n) => h('p', { class: n === 0 && headline ? 'win-title' : 'win-line' }, line)),
        progress ? progressBar(progress) : null,
        attribution ? h('p', { class: 'drawn-extras' }, attribution.textContent.trim()) : null,
      ),
    ),
    inline.map((image) => picture(source(image), 'win-inline', image.getAttribute('alt') ?? 'Image')),
    inputs.map((input) =>
      h(
        'p',
        { class: 'fake-input' },
        input.getAttribute('placeHolderContent') ?? input.getAttribute('title') ?? input.getAttribute('id') ?? '',
      ),
    ),
    actions.length
      ? h(
          'div',
          { class: 'fake-buttons' },
          actions.slice(0, 5).map((a) => h('span', { class: 'fake-button' }, a.getAttribute('content') ?? '')),
        )
      : null,
  );
  return { node, title: lines.join(' · ') || 'Toast' };
}

function progressBar(progress) {
  const value = Number.parseFloat(progress.getAttribute('value') ?? '');
  const fraction = Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 0;
  const bar = h('progress', { max: '1', value: String(fraction) });
  return h(
    'div',
    { class: 'win-progress' },
    h('p', { class: 'win-line' }, progress.getAttribute('title') ?? ''),
    bar,
    h('p', { class: 'drawn-extras' }, progress.getAttribute('status') ?? ''),
  );
}

function tile(root) {
  const bindings = all(root, 'binding');
  const shown = (bindings.length ? bindings : [root]).slice(0, 3);
  const words = [];
  const tiles = shown.map((binding) => {
    const template = binding.getAttribute('template') ?? '';
    const size = /Wide/.test(template)
      ? 'wide'
      : /Large|310x310/.test(template)
        ? 'big'
        : /Small|71x71/.test(template)
          ? 'tiny'
          : 'medium';
    const image = all(binding, 'image')[0];
    const lines = texts(binding);
    words.push(...lines);
    return h(
      'div',
      { class: `win-tile ${size}`, title: template },
      image ? picture(image.getAttribute('src') ?? '', 'tile-picture') : null,
      lines.slice(0, 5).map((line, n) => h('p', { class: n === 0 ? 'win-title' : 'win-line' }, line)),
      h('p', { class: 'tile-name' }, 'Your app'),
    );
  });
  return {
    node: h('div', { class: 'drawn tiles' }, tiles),
    title: `Tile: ${[...new Set(words)].join(' · ') || 'image'}`,
  };
}

const GLYPHS = {
  none: '',
  alert: '!',
  attention: '!',
  error: '×',
  paused: '‖',
  playing: '▸',
  available: '●',
  away: '◐',
  busy: '●',
  activity: '↻',
  newMessage: '✉',
  alarm: '◷',
  unavailable: '○',
};

function badge(root) {
  const value = root.getAttribute('value') ?? '';
  const number = /^\d+$/.test(value) ? Number(value) : null;
  const mark = number === null ? (GLYPHS[value] ?? value) : number > 99 ? '99+' : String(number);
  const node = h(
    'div',
    { class: 'drawn win-taskbar' },
    h('span', { class: 'win-icon large' }, mark && mark !== '0' ? h('span', { class: 'win-badge' }, mark) : null),
    h('p', {}, value === 'none' || value === '0' ? 'The badge is removed.' : `Badge on the taskbar: ${value}`),
  );
  return { node, title: `Badge ${value}` };
}

export function windowsPhone(text, headers) {
  const type = phoneType(text);
  const target = headers['x-windowsphone-target'];
  if (type === 'raw') {
    return target
      ? plain('windowsphone', text, `Not the ${target} that its headers announce`)
      : raw(text, 'Raw notification', 'For the app itself, while it runs. Nothing is shown.');
  }
  const root = rootOf(text);
  const one = (name) => [...root.getElementsByTagNameNS('*', name)][0]?.textContent.trim() ?? '';
  if (type === 'toast') {
    const [title, body] = [one('Text1'), one('Text2')];
    const node = h(
      'div',
      { class: 'drawn wp-toast' },
      h('span', { class: 'win-icon' }),
      h('p', {}, h('strong', {}, title), ' ', body),
    );
    return { node, title: [title, body].filter(Boolean).join(' · ') || 'Toast' };
  }
  const [title, count, back] = [one('Title'), one('Count'), one('BackContent')];
  const image = one('BackgroundImage');
  const node = h(
    'div',
    { class: 'drawn tiles' },
    h(
      'div',
      { class: 'win-tile medium' },
      image ? picture(image, 'tile-picture') : null,
      back && h('p', { class: 'win-line' }, back),
      count && count !== '0' ? h('span', { class: 'tile-count' }, count) : null,
      h('p', { class: 'tile-name' }, title || 'Your app'),
    ),
  );
  return { node, title: `Tile: ${[title, count].filter(Boolean).join(' · ')}` };
}
