// The control API, below the page's own address (docs/control_api.md).

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// A list makes a parameter several times.
export function urlOf(path, query = {}) {
  const url = new URL(path, document.baseURI);
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) {
      if (value !== undefined && value !== null && value !== '') url.searchParams.append(name, value);
    }
  }
  return url;
}

async function ask(method, path, { query, body } = {}) {
  const url = urlOf(path, query);
  const init = { method, headers: { accept: 'application/json' } };
  if (body !== undefined) {
    init.headers['content-type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new Refused(0, 'The emulator does not answer. Is it still running?');
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    // An answer that is no JSON is shown as it is.
  }
  if (!response.ok) {
    const why = answer?.error ?? (text.slice(0, 300) || response.statusText);
    if (response.status === 401 || response.status === 403) {
      document.dispatchEvent(new CustomEvent('locked', { detail: { status: response.status, why } }));
    }
    throw new Refused(response.status, why);
  }
  return answer;
}

export const status = () => ask('GET', 'status');
export const inbox = (query) => ask('GET', 'inbox', { query });
export const clearInbox = () => ask('DELETE', 'inbox');
export const forgetDelivery = (id) => ask('DELETE', `inbox/${encodeURIComponent(id)}`);
export const delivery = async (id) => byId(id, await inbox({ before: Number(id) + 1, limit: 1 }));
export const devices = (query) => ask('GET', 'devices', { query });
export const register = (device) => ask('POST', 'devices', { body: device });
export const removeDevice = ({ hub, platform, pns_handle }) =>
  ask('DELETE', 'devices', { query: { hub, platform, pns_handle } });
export const reject = ({ hub, platform, pns_handle }, outcome) =>
  ask('PUT', 'devices/rejection', { body: { hub, platform, pns_handle, outcome } });
export const send = (notification) => ask('POST', 'send', { body: notification });
export const clock = () => ask('GET', 'clock');
export const moveClock = (how) => ask('POST', 'clock', { body: how });
export const faults = () => ask('GET', 'faults');
export const addFault = (fault) => ask('POST', 'faults', { body: fault });
export const removeFault = (id) => ask('DELETE', `faults/${encodeURIComponent(id)}`);
export const request = async (id) => byId(id, await requests({ before: Number(id) + 1, limit: 1 }));
export const requests = (query) => ask('GET', 'requests', { query });
export const clearRequests = () => ask('DELETE', 'requests');
export const scheduled = () => ask('GET', 'scheduled');
export const cancelScheduled = (id) => ask('DELETE', `scheduled/${encodeURIComponent(id)}`);
export const render = (template, properties) => ask('POST', 'render', { body: { template, properties } });
export const token = (hub) => ask('GET', 'token', { query: { hub } });
export const reset = () => ask('POST', 'reset');

// Of a list of one or none, the one with this id.
const byId = (id, [found]) => (found && String(found.id) === String(id) ? found : null);

const EVENTS = ['delivery', 'request', 'devices', 'forgotten', 'inbox', 'log', 'scheduled', 'faults', 'clock', 'reset'];

// Events may come by the ten thousand: they are handed on together, once per frame.
export function listen({ connected, disconnected, batch }) {
  let waiting = [];
  let planned = false;
  const flush = () => {
    planned = false;
    const events = waiting;
    waiting = [];
    batch(events);
  };
  const take = (event) => {
    waiting.push({ name: event.type, data: event.data });
    if (planned) return;
    planned = true;
    // A hidden page gets no frames.
    if (document.hidden) setTimeout(flush, 500);
    else requestAnimationFrame(flush);
  };
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && waiting.length) flush();
  });

  let source;
  let retry = 500;
  const open = () => {
    source = new EventSource(new URL('events', document.baseURI));
    for (const name of EVENTS) {
      source.addEventListener(name, take);
    }
    source.onopen = () => {
      retry = 500;
      connected();
    };
    source.onerror = () => {
      disconnected();
      // The browser itself gives up after an answer that is no event stream.
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(open, retry);
        retry = Math.min(retry * 2, 10_000);
      }
    };
  };
  open();
}
