// Where the page is: view, search, device and panel stand in the address. Back closes a panel, a reload keeps the search, and a
// link shows somebody else the same.

const VIEWS = ['inbox', 'requests'];
// What the address may name beside the view. What is empty is left out.
const NAMES = ['q', 'platform', 'device', 'status', 'unfolded', 'panel', 'id', 'to'];
const NO_PANEL = { panel: undefined, id: undefined, to: undefined };

let apply = () => {};
let leaving = false;
let waiting = null;

export function route() {
  const [view, query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const given = new URLSearchParams(query);
  const is = { view: VIEWS.includes(view) ? view : 'inbox' };
  for (const name of NAMES) is[name] = given.get(name) || undefined;
  return is;
}

export function address(change) {
  const next = { ...route(), ...change };
  const query = new URLSearchParams();
  for (const name of NAMES) if (next[name]) query.set(name, next[name]);
  const text = query.toString();
  return `#${next.view}${text ? `?${text}` : ''}`;
}

// Where the deliveries of a notification are.
export const deliveriesOf = (id) =>
  address({
    view: 'inbox',
    q: `notification:${id}`,
    ...NO_PANEL,
    platform: undefined,
    device: undefined,
    status: undefined,
  });

// A device in an address: its hub, its platform and its handle. None of the first two has a slash.
export const deviceWord = ({ hub, platform, pns_handle }) => `${hub}/${platform}/${pns_handle}`;

export function readDevice(word) {
  const [, hub, platform, pns_handle] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(word ?? '') ?? [];
  return hub ? { hub, platform, pns_handle } : null;
}

// `replace`: Back does not come to where the page was before.
export function go(change, { replace = false } = {}) {
  if (leaving) {
    waiting = [{ ...waiting?.[0], ...change }, { replace }];
    return;
  }
  const from = route();
  const to = address(change);
  if (to !== address({})) {
    const isPlain = from.panel === undefined && (change.view ?? from.view) === from.view;
    // Is the entry before this one the same place without the panel?
    const over = replace ? history.state?.over : change.panel !== undefined && isPlain;
    history[replace ? 'replaceState' : 'pushState']({ over }, '', to);
  }
  apply(route());
}

export const openPanel = (panel, more = {}) => go({ ...NO_PANEL, panel, ...more });

// The panel was closed by hand: the page is where it was before it. What was chosen since then stays: a dialog tells late that it
// is closed.
export function leavePanel() {
  if (leaving || route().panel === undefined) return;
  if (history.state?.over) {
    leaving = true;
    waiting = [{ ...route(), ...NO_PANEL }, { replace: true }];
    history.back();
  } else go(NO_PANEL, { replace: true });
}

export const withoutPanel = NO_PANEL;

export function start(applied) {
  apply = applied;
  addEventListener('popstate', () => {
    leaving = false;
    const next = waiting;
    waiting = null;
    apply(route());
    if (next) go(...next);
  });
  apply(route());
}
