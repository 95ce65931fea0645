// New sounds: what the network makes of places becomes sounds of the page, beside those that came with it.

import { addressKey } from "./addresses.js";
import { decodeLatents, drawLatent } from "./latents.js";
import { NearestKnown } from "./nearest.js";
import { addressOf, drawClass, labelOf, placeOfAddress } from "./places.js";
import { decodeBase64 } from "./samples.js";

const MOST = 120; // made sounds that are in memory, besides those that somebody starred or rejected

/** What nobody knows of a sound that the page makes: that takes all training sounds, or all others. */
const UNKNOWN = {
  novelty: null,
  distance: null,
  likeness: "the nearest of the training sounds on this page",
  faults: [],
  features: null,
  map: null,
};

export class NewSounds {
  /** @param makeGenerator takes the network of the page's data; left out of tests of what does not need one */
  constructor(session, makeGenerator) {
    this.session = session;
    this.makeGenerator = makeGenerator;
    this.known = new NearestKnown(session);
    this.made = []; // indices, the one that was made or used last at the end
    this.missed = new Set(); // keys of starred sounds that are being made again, or could not be
    session.on("replaced", () => this.#renew());
    session.on("choices", () => this.#makeStarred());
    this.#renew();
  }

  /** Whether the page has a network. */
  get available() {
    return this.generator !== null;
  }

  /** The classes that the network knows, [name, training sounds]. */
  get classes() {
    return this.session.data.network?.classes ?? [];
  }

  /** Draw a new place, of a class; of any, as often as it was learned, if none is asked for. */
  draw(className = "") {
    const { classes } = this;
    const mix = classes.length ? { [className || drawClass(classes)]: 1 } : {};
    return { latent: drawLatent(this.session.data.network.latent), mix };
  }

  /** Return the place of a sound of the page, or null if the page does not know it. */
  placeOf(index) {
    const sound = this.session.sounds[index];
    const place = sound && placeOfAddress(sound.address, this.latents[index]);
    return place?.latent ? place : null;
  }

  /** Return the index of the sound of a place, or -1 if the page has it not. */
  indexOf(place) {
    const key = addressKey(addressOf(place));
    return this.own.get(key) ?? this.session.indexOf(key);
  }

  /**
   * Make the sound of a place, if the page has it not. Returns its index, or -1 if a later one of its channel came first.
   */
  async make(place, channel) {
    const known = this.indexOf(place);
    if (known >= 0) return this.#used(known);
    const generator = this.generator;
    const [sound, label] = await Promise.all([generator.generate(place, channel), labelOf(place)]);
    if (!sound || generator !== this.generator) return -1;
    const whole = { ...sound, ...UNKNOWN, address: addressOf(place), label, made: true };
    const index = this.session.put(whole, this.#freePlace());
    this.#findNearestLater(this.session.sounds[index]);
    return this.#used(index);
  }

  /** Give a sound the training sound that is nearest, which is looked for when somebody asks, because it takes a while. */
  #findNearestLater(sound) {
    Object.defineProperty(sound, "nearest", {
      configurable: true,
      get: () => {
        const value = this.known.of(sound.samples);
        Object.defineProperty(sound, "nearest", { value });
        return value;
      },
    });
  }

  #renew() {
    this.generator?.close();
    const { network, latents } = this.session.data;
    this.generator = network ? this.makeGenerator(network) : null;
    this.latents = network ? decodeLatents(decodeBase64(latents), network.latent) : [];
    this.own = new Map(this.latents.map((_, index) => [addressKey(addressOf(this.placeOf(index))), index]));
    this.made = [];
    this.missed.clear();
    this.#makeStarred();
  }

  #used(index) {
    if (this.session.sounds[index].made) this.made = [...this.made.filter((other) => other !== index), index];
    return index;
  }

  /** Return the place of the made sound that was needed longest ago, or undefined if there is room for more. */
  #freePlace() {
    const { sounds, choices, chosen, heard } = this.session;
    const isFree = (index) => {
      const { star, rejected } = choices.of(sounds[index].key);
      return !star && !rejected && index !== chosen && index !== heard?.index;
    };
    const free = this.made.filter(isFree);
    return free.length < MOST ? undefined : free[0];
  }

  /** Make what is starred and was made in the page before it was loaded, or by another page of the run. */
  async #makeStarred() {
    if (!this.available) return;
    for (const { key, address } of this.session.choices.starred()) {
      if (!address.z || this.missed.has(key) || this.session.indexOf(key) >= 0) continue;
      this.missed.add(key);
      await this.make(placeOfAddress(address), key).then(
        (index) => index >= 0 && this.missed.delete(key),
        (error) => this.session.say(`A starred sound could not be made again: ${error.message}`),
      );
    }
  }
}
