/** A MIDI keyboard by Web MIDI: the inputs that there are, and what the chosen one plays. */
import { parseMidi } from "./notes.js";

/** One chosen MIDI input, or none. */
export class MidiInput {
  /**
   * @param {object} callbacks
   * @param {(action: import("./notes.js").Action) => void} callbacks.act takes what is played
   * @param {(inputs: {id: string, name: string}[], chosen: ?string) => void} callbacks.list takes the inputs, now and
   *   whenever one is plugged in or out, and the id of the chosen one, if any
   * @param {(message: string) => void} callbacks.say takes one sentence when there is nothing to play on
   */
  constructor({ act, list = () => {}, say = () => {} }) {
    Object.assign(this, { act, list, say, access: null, chosen: undefined });
  }

  /** Ask the browser for its inputs, in a gesture of the user, since it may ask him; choose the first. */
  async open() {
    if (!globalThis.navigator?.requestMIDIAccess) {
      this.say("This browser has no Web MIDI, so MIDI keyboards cannot be played here; the computer's keys can.");
      return;
    }
    try {
      this.access = await navigator.requestMIDIAccess();
    } catch {
      this.say("The browser gives no access to MIDI. It asks once; its settings for this page can allow it.");
      return;
    }
    this.access.onstatechange = () => this.#refresh();
    this.#refresh();
    if (!this.inputs.length) this.say("No MIDI input is connected. One that you plug in now is found.");
  }

  /** The inputs that are connected. */
  get inputs() {
    return [...(this.access?.inputs.values() ?? [])]
      .filter((input) => input.state !== "disconnected")
      .map(({ id, name }) => ({ id, name: name || "MIDI input" }));
  }

  /** Take notes from one input alone; null: from none, also when another one is plugged in. */
  choose(id) {
    if (this.chosen && this.chosen !== id) this.act({ type: "silence" }); // the ends of its notes will not come
    this.chosen = id;
    for (const input of this.access?.inputs.values() ?? []) {
      input.onmidimessage = input.id === id ? (event) => this.#take(event.data) : null;
    }
    this.list(this.inputs, id);
  }

  #take(bytes) {
    const action = parseMidi(bytes);
    if (action) this.act(action);
  }

  #refresh() {
    const ids = this.inputs.map((input) => input.id);
    this.choose(this.chosen === null || ids.includes(this.chosen) ? this.chosen : ids[0]);
  }
}
