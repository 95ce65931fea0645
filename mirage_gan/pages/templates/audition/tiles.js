// A few sounds side by side, each as it is drawn in the grid: arrow keys lead from one to the other and play it.

import { icon, make, setOn } from "./dom.js";
import { colors } from "./drawing.js";
import { drawSound } from "./grid.js";
import { moved } from "./grid_layout.js";

export class Tiles {
  /**
   * @param frame an empty element that has a name, and columns by the style sheet
   * @param at the tile that the Tab key leads to first
   */
  constructor(frame, session, count, at = 0) {
    Object.assign(this, { frame, session });
    this.indices = Array(count).fill(-1); // of the sounds; -1: still to come
    this.at = at; // the tile that the Tab key leads to
    this.tiles = this.indices.map((_, place) => this.#makeTile(place));
    frame.append(...this.tiles);
    frame.addEventListener("keydown", (event) => this.#moved(event));
    for (const name of ["chosen", "choices", "heard"]) session.on(name, () => this.#refresh());
    for (const name of ["colors", "shown"]) session.on(name, () => this.draw());
    session.on("replaced", () => this.indices.forEach((_, place) => this.set(place, -1))); // those sounds are no more
    this.#refresh();
  }

  /** Show a sound of the page in a tile, or with -1 that it is still to come. */
  set(place, index) {
    this.indices[place] = index;
    this.#draw(place);
    this.#refreshTile(place);
  }

  /** Draw all again: their size or their colors are others. */
  draw() {
    this.indices.forEach((_, place) => this.#draw(place));
  }

  #makeTile(place) {
    const pick = make("button", { type: "button", class: "pick" }, make("canvas", { "aria-hidden": "true" }));
    pick.append(make("span", { class: "label", dir: "auto" }));
    pick.addEventListener("click", () => this.#choose(place));
    const star = make("button", { type: "button", class: "icon star", tabindex: -1 }, icon("star"));
    star.addEventListener("click", () => this.session.toggleStar(this.indices[place]));
    return make("div", { class: "tile" }, pick, star);
  }

  #choose(place) {
    this.at = place;
    if (this.indices[place] >= 0) this.session.choose(this.indices[place]);
    this.#refresh();
  }

  #moved(event) {
    if (!event.target.classList.contains("pick")) return;
    const at = this.tiles.indexOf(event.target.parentElement);
    const columns = getComputedStyle(this.frame).gridTemplateColumns.split(" ").length;
    const to = moved(event.key, at, columns, this.tiles.length, this.tiles.length);
    if (to === null) return;
    event.preventDefault();
    this.#choose(to);
    this.tiles[to].firstChild.focus();
  }

  #refresh() {
    for (const place of this.tiles.keys()) this.#refreshTile(place);
  }

  #refreshTile(place) {
    const { session } = this;
    const [tile, index] = [this.tiles[place], this.indices[place]];
    const [pick, star] = tile.children;
    const name = index < 0 ? "" : session.nameOf(index);
    const starred = index >= 0 && session.choices.of(session.sounds[index].key).star > 0;
    pick.setAttribute("tabindex", place === this.at ? 0 : -1);
    pick.setAttribute("aria-label", index < 0 ? `Sound ${place + 1}, still to come` : `${place + 1}: ${name}`);
    pick.lastChild.textContent = name;
    setOn(pick, index >= 0 && index === session.chosen);
    star.hidden = index < 0;
    star.setAttribute("aria-label", `Keep ${place + 1}: ${name}`);
    setOn(star, starred);
    tile.classList.toggle("sounding", index >= 0 && session.heard?.index === index && !session.heard.known);
    tile.classList.toggle("coming", index < 0);
  }

  #draw(place) {
    const canvas = this.tiles[place].querySelector("canvas");
    if (!canvas.clientWidth) return; // the tool is not shown
    if (this.indices[place] >= 0) drawSound(canvas, this.session, this.indices[place], colors().ink);
    else canvas.width = canvas.clientWidth; // which clears it
  }
}
