// The morph pad: four sounds at its corners, and the sound of the point between them, made while one drags.

import { byId, make } from "./dom.js";
import { colors, fitCanvas } from "./drawing.js";
import { drawSound } from "./grid.js";
import { sharesOfFour } from "./latents.js";

const CORNERS = ["top left", "top right", "bottom left", "bottom right"];
const STEP = 0.05; // of the pad's width, for an arrow key; with Shift a fifth of it
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class MorphPad {
  /**
   * @param acts {move(point): while one drags; settle(merge): it is there; corner(number, sound)} where a sound is an
   *   index, or "new"
   */
  constructor(session, acts) {
    this.session = session;
    this.acts = acts;
    this.corners = []; // places with a name
    this.point = [0.5, 0.5];
    this.pad = byId("pad");
    this.selects = CORNERS.map((corner, number) => this.#makeSelect(corner, number));
    this.pad.addEventListener("pointerdown", (event) => this.#pressed(event));
    this.pad.addEventListener("pointermove", (event) => this.pad.hasPointerCapture(event.pointerId) && this.#to(event));
    for (const end of ["pointerup", "pointercancel"]) this.pad.addEventListener(end, (event) => this.#let(event));
    this.pad.addEventListener("keydown", (event) => this.#keyed(event));
    for (const name of ["colors", "shown"]) session.on(name, () => this.#draw());
    for (const name of ["choices", "chosen"]) session.on(name, () => this.#offer());
    session.on("replaced", () => (this.corners = this.corners.map((corner) => ({ ...corner, index: -1 }))));
    new ResizeObserver(() => this.#draw()).observe(this.pad);
  }

  /** Show corners, which are places with a name and an index, which is -1 as long as its sound is not made, and a point. */
  show(corners, point) {
    this.corners = corners;
    this.point = point;
    this.#offer();
    this.#draw();
    const shares = sharesOfFour(point).map((share) => Math.round(100 * share));
    const parts = this.corners.map(({ name }, i) => [shares[i], name]).filter(([share]) => share > 0);
    parts.sort((one, other) => other[0] - one[0]);
    byId("pad-place").textContent = parts.map(([share, name]) => `${share} % ${name}`).join(" · ");
  }

  #makeSelect(corner, number) {
    const select = make("select", { "aria-label": `Sound at the ${corner}` });
    select.addEventListener("change", () => {
      const { value } = select;
      if (value !== "") this.acts.corner(number, value === "new" ? value : Number(value));
    });
    byId(number < 2 ? "corners-top" : "corners-bottom").append(select);
    return select;
  }

  /** Offer each corner its own sound, the chosen one, those with a star, and one that is drawn anew. */
  #offer() {
    const { session } = this;
    const starred = session.choices.starred().map(({ key }) => session.indexOf(key));
    const offered = [...new Set([session.chosen, ...starred])].filter((index) => index >= 0);
    this.selects.forEach((select, number) => {
      const options = offered.map((index) => {
        const chosen = index === session.chosen ? "chosen: " : "★ ";
        return make("option", { value: index }, chosen + session.nameOf(index));
      });
      const own = make("option", { value: "" }, this.corners[number]?.name ?? "");
      select.replaceChildren(own, ...options, make("option", { value: "new" }, "a new sound"));
      select.value = "";
    });
  }

  #pressed(event) {
    if (event.button) return;
    this.pad.setPointerCapture(event.pointerId);
    this.#to(event);
  }

  #to(event) {
    const { left, top, width, height } = this.pad.getBoundingClientRect();
    this.#moveTo((event.clientX - left) / width, (event.clientY - top) / height);
  }

  #let(event) {
    if (!this.pad.hasPointerCapture(event.pointerId)) return;
    this.pad.releasePointerCapture(event.pointerId);
    this.acts.settle("");
  }

  #keyed(event) {
    const way = WAYS[event.key];
    if (!way && event.key !== "Home") return;
    event.preventDefault();
    const step = event.shiftKey ? STEP / 5 : STEP;
    if (way) this.#moveTo(this.point[0] + step * way[0], this.point[1] + step * way[1]);
    else this.#moveTo(0.5, 0.5);
    this.acts.settle("pad keys");
  }

  #moveTo(x, y) {
    // in thousandths, so that twenty steps end at the corner, whatever they add up to
    this.acts.move([x, y].map((value) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000));
  }

  #draw() {
    const canvas = byId("pad-picture");
    if (!canvas.clientWidth) return;
    const { context, width, height } = fitCanvas(canvas);
    const shares = sharesOfFour(this.point);
    const [w, h] = [width * 0.24, height * 0.17];
    this.corners.forEach(({ index }, i) => {
      if (index < 0) return;
      const corner = document.createElement("canvas");
      [corner.width, corner.height] = [w, h];
      drawSound(corner, this.session, index, colors().ink, [w, h]);
      context.globalAlpha = 0.25 + 0.75 * shares[i];
      context.drawImage(corner, i % 2 ? width - w - 10 : 10, i < 2 ? 10 : height - h - 10, w, h);
    });
    context.globalAlpha = 1;
    const [x, y] = [this.point[0] * width, this.point[1] * height];
    context.fillStyle = colors().rule;
    context.fillRect(x, 0, 1, height);
    context.fillRect(0, y, width, 1);
    context.beginPath();
    context.arc(Math.min(width - 11, Math.max(11, x)), Math.min(height - 11, Math.max(11, y)), 9, 0, 2 * Math.PI);
    context.fillStyle = colors().accent;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = colors().paper;
    context.stroke();
  }
}
