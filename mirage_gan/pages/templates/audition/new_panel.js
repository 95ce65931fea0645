// The panel in which the network makes new sounds: rolled, bred, morphed, or shaped by sliders.
//
// What it shows is a scene, which is never changed, only followed by another. So a step of the page's undo is two scenes.

import { byId, make, setOn } from "./dom.js";
import { DirectionSliders } from "./direction_sliders.js";
import { colors } from "./drawing.js";
import { drawSound } from "./grid.js";
import { movedAlong, neighbourOf } from "./latents.js";
import { MorphPad } from "./morph_pad.js";
import { placeAmongFour } from "./places.js";
import { Tiles } from "./tiles.js";

const ROLLED = 8;
const PARENT = 4; // the tile of the sound in the middle of its eight neighbours
const TOOLS = ["roll", "evolve", "morph", "shape"];

/** What the panel begins with; each tool is filled when it is first shown. Sounds are places with a name. */
const FIRST = Object.freeze({
  tool: "roll",
  rolled: [],
  parent: null,
  brood: [],
  spread: 0.35,
  corners: [],
  point: [0.5, 0.5],
  base: null,
  turns: [],
});

export class NewPanel {
  constructor(session, newSounds) {
    this.session = session;
    this.newSounds = newSounds;
    this.scene = FIRST;
    this.origin = null; // the scene before what somebody is dragging
    this.asked = {}; // the latest places that each group of tiles was asked to show
    this.ticket = 0; // of the latest sound that was asked for to be heard
    this.heard = 0; // ticket of the one that was heard last
    this.rolled = new Tiles(byId("rolled"), session, ROLLED);
    this.brood = new Tiles(byId("brood"), session, ROLLED + 1, PARENT);
    this.pad = new MorphPad(session, {
      move: (point) => this.#live({ point }, () => placeAmongFour(this.scene.corners, point)),
      settle: (merge) => this.#settle("the point of the morph pad", merge),
      corner: (number, sound) => this.#setCorner(number, sound),
    });
    this.sliders = new DirectionSliders({
      turn: (turns) => this.#live({ turns }, () => this.#moved(turns)),
      settle: (merge) => this.#settle("a slider", merge),
    });
    this.#connect();
    this.#renew();
  }

  /** Roll new sounds, show them, and play the first. */
  roll() {
    if (!this.newSounds.available) return this.session.say(byId("network-missing").textContent);
    this.#change({ tool: "roll", rolled: this.#draw(ROLLED) }, "a roll", true);
    this.session.say("Eight new sounds");
  }

  /** The directions of the network. */
  get directions() {
    return this.session.data.network?.directions ?? [];
  }

  #connect() {
    const { session } = this;
    for (const tool of TOOLS) byId(`tool-${tool}`).addEventListener("click", () => this.#open(tool));
    byId("roll").addEventListener("click", () => this.roll());
    byId("evolve").addEventListener("click", () => this.#evolve(this.#atHand()));
    byId("spread").addEventListener("input", () => this.#showSpread(Number(byId("spread").value) / 100));
    byId("spread").addEventListener("change", () => this.#evolve(this.scene.parent));
    byId("shape").addEventListener("click", () => this.#shape());
    byId("keep").addEventListener("click", () => session.toggleStar(session.chosen));
    session.on("chosen", () => this.#showHand());
    session.on("choices", () => this.#showHand());
    session.on("colors", () => this.#showHand());
    session.on("retraced", (scene) => this.#show(scene));
    session.on("replaced", () => this.#renew());
    session.on("shown", () => this.#open(this.scene.tool));
  }

  #renew() {
    this.asked = {}; // whatever was made was made by another network
    const { available } = this.newSounds;
    byId("new-tools").hidden = !available;
    byId("network-missing").hidden = available;
    byId("network-missing").textContent = this.session.data.network_missing ?? "";
    byId("tool-shape").hidden = !this.directions.length;
    this.#offerClasses();
    this.scene = { ...this.scene, turns: this.directions.map(() => 0) };
    this.#open(this.scene.tool);
  }

  /** Offer the classes that the network knows for new sounds, and stay with the one that was chosen, if there is one. */
  #offerClasses() {
    const names = this.newSounds.classes.map(([name]) => name);
    const select = byId("new-class");
    const { value } = select;
    const options = names.map((name) => make("option", { value: name }, name));
    select.replaceChildren(make("option", { value: "" }, "All"), ...options);
    select.value = names.includes(value) ? value : "";
    byId("new-class-field").hidden = !names.length;
  }

  #open(tool) {
    if (!this.newSounds.available || !byId("view-new").clientWidth) return; // nothing is made that nobody sees
    this.#show({ ...this.scene, ...this.#filled(tool), tool });
  }

  /** Return what a tool begins with, where it has not begun. */
  #filled(tool) {
    const { scene } = this;
    if (tool === "roll" && !scene.rolled.length) return { rolled: this.#draw(ROLLED) };
    if (tool === "evolve" && !scene.parent) return this.#broodOf(this.#atHand());
    if (tool === "shape" && !scene.base) return { base: this.#atHand() };
    if (tool !== "morph" || scene.corners.length) return {};
    const { session } = this;
    const starred = session.choices.starred().map(({ key }) => session.indexOf(key));
    const order = [...starred, session.chosen, ...session.sounds.keys()].filter((index) => index >= 0);
    const corners = [...new Set(order)].slice(0, 4).map((index) => this.#soundAt(index));
    while (corners.length < 4) corners.push(this.#drawn());
    return { corners };
  }

  #draw(count) {
    return Array.from({ length: count }, () => this.newSounds.draw(byId("new-class").value));
  }

  #drawn() {
    return { ...this.#draw(1)[0], name: "a new sound" };
  }

  #soundAt(index) {
    return { ...this.newSounds.placeOf(index), name: this.session.nameOf(index) };
  }

  /** Return the place of what the sliders make of the sound that they begin with. */
  #moved(turns) {
    const { latent, mix } = this.scene.base;
    return { latent: movedAlong(latent, this.directions, turns), mix };
  }

  /** Return the chosen sound, or else the first one of the page, or else a new one. */
  #atHand() {
    const index = Math.max(0, this.session.chosen);
    return this.session.sounds.length ? this.#soundAt(index) : this.#drawn();
  }

  #broodOf(parent, spread = this.scene.spread) {
    const { latent, mix } = parent;
    return { parent, spread, brood: Array.from({ length: ROLLED }, () => ({ latent: neighbourOf(latent, spread), mix })) };
  }

  #evolve(parent) {
    const spread = Number(byId("spread").value) / 100;
    this.#change(this.#broodOf(parent, spread), `the neighbours of ${parent.name}`);
    this.session.say(`Eight neighbours of ${parent.name}`);
  }

  #shape() {
    const base = this.#atHand();
    this.#change({ base, turns: this.directions.map(() => 0) }, `sliders from ${base.name}`);
  }

  #setCorner(number, sound) {
    const corners = [...this.scene.corners];
    corners[number] = sound === "new" ? this.#drawn() : this.#soundAt(sound);
    this.#change({ corners }, "a corner of the morph pad");
    this.#hear(placeAmongFour(corners, this.scene.point));
  }

  /** Follow the scene by another, as a step that can be undone. */
  #change(change, words, plays = false) {
    this.#settle("", ""); // what is left of a drag
    this.origin = this.scene;
    this.#show({ ...this.scene, ...change }, plays);
    this.#settle(words);
  }

  /** Show and hear what somebody drags; `placeOf` gives its place. */
  #live(change, placeOf) {
    this.origin ??= this.scene;
    this.#show({ ...this.scene, ...change });
    this.#hear(placeOf());
  }

  #settle(words, merge = "") {
    if (this.origin) this.session.remember({ before: this.origin, after: this.scene, words: words || "a move", merge });
    this.origin = null;
  }

  #show(scene, plays = false) {
    this.scene = scene;
    for (const tool of TOOLS) {
      setOn(byId(`tool-${tool}`), tool === scene.tool);
      byId(`panel-${tool}`).hidden = tool !== scene.tool;
    }
    this.#showHand();
    if (scene.tool === "roll") this.#fill(this.rolled, scene.rolled, "rolled", plays);
    if (scene.tool === "evolve") {
      this.#showSpread(scene.spread);
      byId("spread").value = Math.round(100 * scene.spread);
      this.#fill(this.brood, [...scene.brood.slice(0, PARENT), scene.parent, ...scene.brood.slice(PARENT)], "brood", plays);
    }
    if (scene.tool === "morph") this.#showPad();
    if (scene.tool === "shape") {
      byId("shape-base").textContent = scene.base.name;
      this.sliders.show(this.directions, scene.turns);
    }
  }

  #showSpread(spread) {
    byId("spread-value").textContent = `${Math.round(100 * spread)} %`;
    byId("spread").setAttribute("aria-valuetext", byId("spread-value").textContent);
  }

  /** Show the sounds of places, made one after the other, so that what somebody drags meanwhile waits for one at most. */
  async #fill(tiles, places, name, plays) {
    const asked = (this.asked[name] = {}); // a later call ends this one
    places.forEach((place, i) => tiles.set(i, this.newSounds.indexOf(place)));
    for (const [i, place] of places.entries()) {
      const index = await this.#made(place, `${name} ${i}`);
      if (this.asked[name] !== asked) return;
      tiles.set(i, index);
      if (plays && i === 0 && index >= 0) this.session.choose(index);
    }
  }

  #showPad() {
    const { corners, point } = this.scene;
    const withIndices = () => corners.map((corner) => ({ ...corner, index: this.newSounds.indexOf(corner) }));
    this.pad.show(withIndices(), point);
    corners.forEach(async (corner, number) => {
      const name = `corner ${number}`;
      if (this.asked[name] === corner) return;
      this.asked[name] = corner;
      if (this.newSounds.indexOf(corner) >= 0) return;
      await this.#made(corner, name);
      if (this.scene.corners === corners) this.pad.show(withIndices(), this.scene.point);
    });
  }

  /** Make the sound of a place and play it, unless that of a later one was played meanwhile. */
  async #hear(place) {
    const ticket = ++this.ticket;
    const index = await this.#made(place, "hear");
    if (index < 0 || ticket < this.heard) return;
    this.heard = ticket;
    this.session.choose(index);
  }

  async #made(place, channel) {
    try {
      return await this.newSounds.make(place, channel);
    } catch (error) {
      this.session.say(`The network made no sound: ${error.message}`);
      return -1;
    }
  }

  /** Show the chosen sound, which is the one at hand. */
  #showHand() {
    const { session } = this;
    const sound = session.sounds[session.chosen];
    const name = sound ? session.nameOf(session.chosen) : "";
    const kept = sound ? session.choices.of(sound.key).star > 0 : false;
    byId("hand-name").textContent = name || "Choose a sound to begin with, or roll.";
    byId("keep").disabled = !sound;
    setOn(byId("keep"), kept);
    byId("keep").querySelector("span").textContent = kept ? "Kept" : "Keep";
    byId("evolve").textContent = sound ? `Go on from ${name}` : "Other neighbours";
    byId("shape").textContent = sound ? `Begin with ${name}` : "Begin anew";
    const canvas = byId("hand");
    if (!canvas.clientWidth) return;
    if (sound) drawSound(canvas, session, session.chosen, colors().accent);
    else canvas.width = canvas.clientWidth; // which clears it
  }
}
