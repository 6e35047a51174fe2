// A notification as its device would show it. Nothing a payload points at is loaded: images are drawn as placeholders.

import { plain } from './drawing.js';
import { parseJson, platformWord } from './platforms.js';
import { adm, baidu, fcmV1, gcm, xiaomi } from './preview-android.js';
import { apple } from './preview-apple.js';
import { browser } from './preview-browser.js';
import { windows, windowsPhone } from './preview-windows.js';

const DRAWN = { apple, fcmv1: fcmV1, gcm, adm, baidu, xiaomi, browser, windows, windowsphone: windowsPhone };

// { node, title }: the drawing, and its gist in words.
export function preview(platformName, payload, headers = {}) {
  const word = platformWord(platformName);
  const text = String(payload ?? '');
  let drawn = null;
  try {
    drawn = word.startsWith('windows')
      ? DRAWN[word]?.(text, lowerCase(headers))
      : DRAWN[word]?.(parseJson(text) ?? missing(), lowerCase(headers));
  } catch {
    // A payload of another shape than the platform's is shown as the text it is.
  }
  return drawn ?? plain(word, text);
}

function missing() {
  throw new TypeError('no JSON object');
}

function lowerCase(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}
