// Where choices are kept: by the browser, or by the server that shows the page. Only changes travel, so that two
// pages of one run do not lose each other's.

import { addressKey, addressesText, parseWithSeeds } from "./addresses.js";
import { Choices } from "./choices.js";

const KINDS = ["set", "remove", "reject", "unreject"];

/** Return what is left of {favourites, rejected} after a change, as JSON. */
export function changedText(text, change) {
  const choices = new Choices();
  choices.adopt(parseWithSeeds(text));
  for (const { address } of [...change.remove, ...change.unreject]) choices.entries.delete(addressKey(address));
  for (const { address, name } of change.set) {
    const key = addressKey(address);
    choices.entries.set(key, { address, name, rejected: false, star: choices.of(key).star || ++choices.count });
  }
  for (const { address } of change.reject) {
    choices.entries.set(addressKey(address), { address, name: "", rejected: true, star: 0 });
  }
  return heldText(choices);
}

/** Return choices as JSON, {favourites, rejected}. */
export function heldText(choices) {
  return `{"favourites":${addressesText(choices.starred())},"rejected":${addressesText(choices.rejected())}}`;
}

/** Keeps choices in the browser, for one run and checkpoint; in memory where the browser forbids it. */
export class BrowserStore {
  /**
   * @param storage a Storage such as localStorage, or null where there is none
   * @param first JSON of what to begin with where nothing is kept yet
   */
  constructor(storage, name, first) {
    this.storage = storage;
    this.name = name;
    this.memory = first;
    this.lasting = storage !== null;
  }

  async load() {
    return parseWithSeeds(this.#text());
  }

  /** Make a change, and return all that is held after it. */
  async send(change) {
    this.memory = changedText(this.#text(), change);
    try {
      this.storage?.setItem(this.name, this.memory);
    } catch {
      this.lasting = false; // it is full, or was forbidden meanwhile
    }
    return parseWithSeeds(this.memory);
  }

  /** Call back when another page of the same run has changed something. */
  watch(changed) {
    addEventListener("storage", (event) => {
      if (event.key === this.name && event.newValue) changed(parseWithSeeds(event.newValue));
    });
  }

  #text() {
    if (!this.lasting) return this.memory;
    const kept = this.storage.getItem(this.name);
    try {
      if (kept !== null) parseWithSeeds(kept);
      return kept ?? this.memory;
    } catch {
      return this.memory; // somebody else wrote under our name
    }
  }
}

/** Keeps choices with the server of the page. */
export class ServerStore {
  /** @param checkpoint returns the hash of the checkpoint whose sounds the page shows */
  constructor(path, checkpoint) {
    this.path = path;
    this.checkpoint = checkpoint;
    this.lasting = true;
    this.revision = null;
  }

  async load() {
    return this.#held(await fetch(`${this.path}favourites`));
  }

  async send(change) {
    const parts = KINDS.map((kind) => `"${kind}":${addressesText(change[kind])}`);
    const headers = { "Content-Type": "application/json", "X-Mirage-Gan": "1" };
    const body = `{${parts.join(",")},"checkpoint_sha256":${JSON.stringify(this.checkpoint())}}`;
    return this.#held(await fetch(`${this.path}favourites`, { method: "POST", headers, body }));
  }

  /** Ask every two seconds while the page is seen, and call back when another page has changed something. */
  watch(changed) {
    setInterval(async () => {
      if (document.hidden) return;
      const before = this.revision;
      const held = await this.load().catch(() => null); // the server may come back
      if (held && this.revision !== before) changed(held);
    }, 2000);
  }

  async #held(answer) {
    const held = parseWithSeeds(await answer.text());
    if (!answer.ok) throw new Error(held.error ?? `the server answers ${answer.status}`);
    this.revision = held.revision;
    return held;
  }
}

/** Return the browser's own storage, or null where the browser forbids it. */
export function browserStorage() {
  try {
    localStorage.setItem("mirage-gan", "1");
    localStorage.removeItem("mirage-gan");
    return localStorage;
  } catch {
    return null;
  }
}
