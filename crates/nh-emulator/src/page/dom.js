// Elements are built one by one and text is only ever set as text: what comes from a payload is never markup.

const SVG = 'http://www.w3.org/2000/svg';

export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (name === 'class') element.className = value;
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(9)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    element.append(child);
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

export const $ = (id) => document.getElementById(id);

const ICONS = {
  phone: ['M8 2.5h8a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2Z', 'M10.5 5h3'],
  android: [
    'M7.5 2.5h9a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 20V4a1.5 1.5 0 0 1 1.5-1.5Z',
    'M12 5.2v.1',
    'M9.5 18.8h5',
  ],
  pc: ['M3.5 4.5h17v11.5h-17z', 'M12 16v4', 'M8 20h8'],
  tablet: [
    'M5 3h14a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 19 21H5a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 5 3Z',
    'M11 18h2',
  ],
  globe: [
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
    'M3 12h18',
    'M12 3c2.6 2.6 3.8 5.6 3.8 9s-1.2 6.4-3.8 9c-2.6-2.6-3.8-5.6-3.8-9S9.4 5.6 12 3Z',
  ],
  all: ['M4 6h16', 'M4 12h16', 'M4 18h16'],
  image: ['M3.5 5h17v14h-17z', 'm4 17 5-5 3.5 3.5L16 12l4 4', 'M9 9v.1'],
  close: ['m6 6 12 12', 'M18 6 6 18'],
  send: ['M4 12 20.5 4.5 15 20l-3.5-6.5z', 'm11.5 13.5 9-9'],
  bell: ['M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z', 'M10 20.5h4'],
  clock: ['M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z', 'M12 7.5V12l3 2'],
  more: ['M5.5 12v.1', 'M12 12v.1', 'M18.5 12v.1'],
  sun: [
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z',
    'M12 2.5v2',
    'M12 19.5v2',
    'M2.5 12h2',
    'M19.5 12h2',
    'm5.3 5.3 1.4 1.4',
    'm17.3 17.3 1.4 1.4',
    'm5.3 18.7 1.4-1.4',
    'm17.3 6.7 1.4-1.4',
  ],
  moon: ['M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z'],
  auto: ['M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z', 'M12 3.5v17', 'M15 5v14', 'M18 7v10'],
  up: ['M12 19V5', 'm6 11 6-6 6 6'],
  plus: ['M12 5v14', 'M5 12h14'],
  question: ['M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.200-1.5 2.4', 'M12 17.5v.1'],
  hint: [
    'M9 18h6',
    'M10 21h4',
    'M12 3a6 6 0 0 0-3.500 10.900c.6.5 1 1.100 1 1.600h5c0-.5.4-1.100 1-1.600A6 6 0 0 0 12 3Z',
  ],
  copy: ['M9 9h11v11.5H9z', 'M15 9V4H4v11.500h5'],
  check: ['m5 12.500 4.500 4.500L19 7.500'],
  save: ['M12 4v11', 'm7 10.500 5 5 5-5', 'M5 20h14'],
  link: [
    'M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1.200 1.200',
    'M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1.200-1.200',
  ],
  back: ['M19 12H5', 'm11 6-6 6 6 6'],
};

export function icon(name, className = 'icon') {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  for (const d of ICONS[name] ?? []) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

export function timeOf(text) {
  const date = new Date(text);
  return Number.isNaN(date.valueOf()) ? null : date;
}

export function clockTime(text, today = new Date()) {
  const date = timeOf(text);
  if (!date) return String(text);
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  const sameDay = date.toDateString() === today.toDateString();
  return sameDay ? time : `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}

export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString()} ${n === 1 ? one : many}`;

// Text in full, and a button that copies it.
export const copied = (text, what) => h('span', { class: 'copied' }, h('code', {}, text), copyIcon(text, what));

export function copyIcon(text, what, name = 'copy') {
  const button = h(
    'button',
    { type: 'button', class: 'copy-icon', 'aria-label': `Copy ${what}`, title: `Copy ${what}` },
    icon(name),
  );
  button.addEventListener('click', async (event) => {
    event.stopPropagation();
    const done = await copy(typeof text === 'function' ? text() : text);
    replace(button, icon(done ? 'check' : 'close'));
    setTimeout(() => replace(button, icon(name)), 1500);
  });
  return button;
}

// A copy button that says so, also to a screen reader.
export function copyButton(text, label = 'Copy') {
  const button = h('button', { type: 'button', class: 'button small' }, label);
  button.addEventListener('click', async () => {
    const done = await copy(typeof text === 'function' ? text() : text);
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => (button.textContent = label), 1500);
  });
  return button;
}

async function copy(text) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyBySelection(text);
  }
  say(done ? 'Copied' : 'Could not copy');
  return done;
}

// Over plain HTTP by another name than localhost there is no clipboard API.
function copyBySelection(text) {
  const field = h('textarea', { class: 'off-screen', value: text, readonly: true });
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

// Beside an open dialog everything is inert, also a live region: it moves along.
const region = $('announcements');

// What is said stands below what was said before: a screen reader reads each, also if another follows at once.
const SAID = 5;

export function say(text) {
  const place = document.querySelector('dialog[open]') ?? document.body;
  if (region.parentElement !== place) {
    region.replaceChildren();
    place.append(region);
  }
  requestAnimationFrame(() => {
    const line = document.createElement('p');
    line.textContent = text;
    region.append(line);
    while (region.children.length > SAID) region.firstElementChild.remove();
  });
}
