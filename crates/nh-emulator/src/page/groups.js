// Deliveries that look the same make one row: those of one notification, and those that follow one another.

export class Groups {
  constructor() {
    this.looks = new Map();
    this.count = 0;
    this.clear();
  }

  clear() {
    this.groups = [];
    this.of = new Map();
    this.byNotification = new Map();
  }

  // All anew, newest first. A group that was there before keeps its id, and stays unfolded.
  reset(deliveries) {
    const before = this.byNotification;
    this.clear();
    // Looks of what is long forgotten.
    if (this.looks.size > 2 * deliveries.length + 1000) this.looks.clear();
    this.add(deliveries, { before });
  }

  addNewer(deliveries) {
    this.add([...deliveries].reverse(), { newer: true });
  }

  addOlder(deliveries) {
    this.add(deliveries, {});
  }

  add(deliveries, { newer = false, before }) {
    const grown = new Map();
    const used = new Set();
    let last = newer ? this.groups[0] : this.groups.at(-1);
    for (const delivery of deliveries) {
      const look = this.look(delivery);
      const key = `${look} ${delivery.notification_id}`;
      let group = this.byNotification.get(key);
      if (!group && last?.look === look) group = last;
      if (!group) {
        const known = before?.get(key);
        const again = known && !used.has(known.id);
        if (again) used.add(known.id);
        group = { id: again ? known.id : `g${++this.count}`, look, items: [], unfolded: again && known.unfolded };
        this.groups.push(group);
      }
      this.byNotification.set(key, group);
      this.of.set(delivery.id, group);
      if (grown.has(group)) grown.get(group).push(delivery);
      else grown.set(group, [delivery]);
      last = group;
    }
    for (const [group, added] of grown)
      group.items = newer ? [...added.reverse(), ...group.items] : [...group.items, ...added];
    this.groups.sort((a, b) => b.items[0].id - a.items[0].id);
  }

  remove(id) {
    const group = this.of.get(id);
    if (!group) return;
    this.of.delete(id);
    group.items = group.items.filter((delivery) => delivery.id !== id);
    if (group.items.length) return;
    this.groups = this.groups.filter((other) => other !== group);
    for (const [key, other] of this.byNotification) if (other === group) this.byNotification.delete(key);
  }

  // What stands in the list: a group, and what it holds while it is unfolded. Of the oldest one, more may be to come.
  rows(isComplete) {
    return this.groups.flatMap((group, n) => {
      const isCut = !isComplete && n === this.groups.length - 1;
      const head = { id: group.id, version: `${versionOf(group)} ${isCut}`, delivery: group.items[0], group, isCut };
      if (!group.unfolded || group.items.length === 1) return [head];
      return [
        head,
        ...group.items.map((delivery) => ({ id: `d${delivery.id}`, version: delivery.time, delivery, isPart: true })),
      ];
    });
  }

  // The row that shows a delivery.
  rowOf(id) {
    const group = this.of.get(id);
    return group?.unfolded && group.items.length > 1 ? `d${id}` : group?.id;
  }

  look({ hub, platform, payload, headers, template_body, unfilled_properties }) {
    const key = JSON.stringify([hub, platform, headers, template_body, unfilled_properties, payload]);
    if (!this.looks.has(key)) this.looks.set(key, ++this.count);
    return this.looks.get(key);
  }
}

const versionOf = ({ items, unfolded }) => `${items.length} ${items[0].id} ${items[0].time} ${unfolded}`;
