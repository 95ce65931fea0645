// What somebody chose: which sounds are starred, rejected and named, and how to take it back.

import { addressKey } from "./addresses.js";

const NOTHING = Object.freeze({ star: 0, rejected: false, name: "" });

/** Stars, rejections and names, with undo. It knows sounds by address, also those that the page does not show. */
export class Choices {
  constructor() {
    this.entries = new Map(); // key -> {address, star: its place in the order of starring or 0, rejected, name}
    this.done = []; // steps that can be undone; a step is {key, address, before, after}, or one of `remember`
    this.undone = [];
    this.count = 0; // of stars ever given
  }

  /** Return the choice about an address: {star, rejected, name}. */
  of(key) {
    return this.entries.get(key) ?? NOTHING;
  }

  /** Return the starred entries in the order in which they were starred. */
  starred() {
    const entries = [...this.entries].map(([key, entry]) => ({ key, ...entry }));
    return entries.filter((entry) => entry.star).sort((a, b) => a.star - b.star);
  }

  /** Return the rejected entries. */
  rejected() {
    return [...this.entries.values()].filter((entry) => entry.rejected);
  }

  /** Star a sound or take its star back; what is starred is not rejected. Returns the step. */
  toggleStar(address) {
    const { star, name } = this.of(addressKey(address));
    return this.#step(address, star ? { ...NOTHING } : { star: ++this.count, rejected: false, name });
  }

  /** Reject a sound or take that back; what is rejected is not starred and has no name. Returns the step. */
  toggleRejected(address) {
    const { rejected } = this.of(addressKey(address));
    return this.#step(address, { ...NOTHING, rejected: !rejected });
  }

  /** Name a sound. A name is kept with a star, so this stars it. Returns the step, or null if nothing changes. */
  rename(address, name) {
    const tidy = name.trim();
    const before = this.of(addressKey(address));
    if (before.name === tidy) return null;
    return this.#step(address, { star: before.star || ++this.count, rejected: false, name: tidy });
  }

  /**
   * Put a step of another kind among the others, so that it is taken back in its turn.
   *
   * @param step {before, after, words}; two in a row of one `merge`, which is not empty, are one step
   */
  remember(step) {
    const last = this.done.at(-1);
    if (step.merge && last?.merge === step.merge) last.after = step.after;
    else this.done.push(step);
    this.undone = [];
  }

  /** Take the last step back. Returns the step that does so, or null if there is none. */
  undo() {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    return this.#apply({ ...step, before: step.after, after: step.before });
  }

  /** Do again what was taken back last. Returns the step, or null if there is none. */
  redo() {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push(step);
    return this.#apply(step);
  }

  /**
   * Take over what a store holds, but for the addresses whose changes it does not know yet.
   *
   * @param held {favourites: [{...address, name}], rejected: [{...address}]}
   * @param pending set of keys
   */
  adopt(held, pending = new Set()) {
    const kept = [...this.entries].filter(([key]) => pending.has(key));
    const before = this.entries;
    this.entries = new Map();
    for (const { name = "", ...address } of held.favourites ?? []) {
      const key = addressKey(address);
      const star = before.get(key)?.star || ++this.count;
      this.entries.set(key, { address, star, rejected: false, name });
    }
    for (const { name: _, ...address } of held.rejected ?? []) {
      this.entries.set(addressKey(address), { ...NOTHING, address, rejected: true });
    }
    for (const [key, entry] of kept) this.entries.set(key, entry);
    for (const key of pending) if (!before.has(key)) this.entries.delete(key);
  }

  #step(address, after) {
    const key = addressKey(address);
    const { star, rejected, name } = this.of(key);
    const step = { key, address, before: { star, rejected, name }, after };
    this.done.push(step);
    this.undone = [];
    return this.#apply(step);
  }

  #apply(step) {
    if (!step.key) return step; // who put it among the others does the rest
    const { star, rejected, name } = step.after;
    if (star || rejected || name) this.entries.set(step.key, { address: step.address, star, rejected, name });
    else this.entries.delete(step.key);
    return step;
  }
}

/**
 * Return what a step changes in a store: lists of {address, name} to set, to remove, to reject and to unreject.
 */
export function changeOf({ address, before, after }) {
  const entry = [{ address, name: after.name }];
  const change = { set: [], remove: [], reject: [], unreject: [] };
  if (after.star && (!before.star || before.name !== after.name || before.rejected)) change.set = entry;
  if (before.star && !after.star) change.remove = [{ address, name: "" }];
  if (after.rejected && !before.rejected) change.reject = [{ address, name: "" }];
  if (before.rejected && !after.rejected) change.unreject = [{ address, name: "" }];
  return change;
}

/** Return in words what a step did to a sound. */
export function stepInWords({ before, after }, label) {
  if (after.name !== before.name && after.name) return `Sound ${label} is called ${after.name}`;
  if (after.star && !before.star) return `Sound ${label} is starred`;
  if (after.rejected && !before.rejected) return `Sound ${label} is rejected`;
  if (before.star && !after.star) return `Sound ${label} has no star any more`;
  if (before.rejected && !after.rejected) return `Sound ${label} is not rejected any more`;
  return `Sound ${label} has no name any more`;
}
