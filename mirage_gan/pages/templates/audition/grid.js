// The grid of drawn sounds. Only the rows in view are in the document, and they are drawn as they come into view.

import { byId, icon, make, setOn } from "./dom.js";
import { colors, decodeSamples, drawEnvelope, drawLevels, drawLine, drawRule, fitCanvas } from "./drawing.js";
import { formatFigure } from "./figures.js";
import { layout, moved, scrolledTo, visibleRange } from "./grid_layout.js";
import { spectrogram } from "./spectra.js";

const GAP = 6;
const DRAWING_MS = 8; // of a frame are spent on drawing at most, so that scrolling stays smooth

/** Draw a sound as a cell shows it: a loop as its wave, a one-shot as its envelope above its spectrogram.
 *
 * @param size of the canvas in CSS pixels, where it is not in the document
 */
export function drawSound(canvas, session, index, color, size = []) {
  const sound = session.sounds[index];
  const samples = session.samplesOf(sound);
  const { context, width, height } = fitCanvas(canvas, ...size);
  const box = { x: 0, y: 2, width, height: height - 4 };
  if (session.kind === "loop") {
    drawRule(context, box, box.height / 2);
    drawLine(context, { ...box, x: 1, width: width - 2 }, decodeSamples(samples), color);
    return;
  }
  const upper = { ...box, height: Math.round(box.height * 0.42) };
  drawEnvelope(context, upper, samples, color);
  const lower = { ...box, y: upper.y + upper.height + 3, height: box.height - upper.height - 3 };
  drawLevels(context, lower, spectrogram(samples, session.rateHz, 48, 20), color);
}

export class Grid {
  constructor(session) {
    this.session = session;
    this.frame = byId("grid");
    this.cells = byId("cells");
    this.rows = new Map(); // number of a row -> its element
    this.waiting = new Set(); // cells that are not drawn yet
    this.frame.addEventListener("scroll", () => this.#showRows(), { passive: true });
    this.cells.addEventListener("click", (event) => this.#clicked(event));
    new ResizeObserver(() => this.#measure()).observe(this.frame);
    session.on("view", () => this.#renew());
    session.on("choices", () => this.#refresh());
    session.on("chosen", () => this.#chosen());
    session.on("heard", () => this.#refresh());
    session.on("colors", () => this.#renew());
    this.#measure();
  }

  /** Go where a key leads from the chosen sound, and play the sound there. */
  move(key) {
    const { session } = this;
    const { order, position } = session;
    let to = moved(key, position, this.columns, order.length, Math.floor(this.frame.clientHeight / this.rowHeight));
    // What followed a sound that a filter has hidden since stands in its place now.
    const hidden = position >= 0 && order[position] !== session.chosen;
    if (hidden && key === "ArrowRight") to = Math.min(position, order.length - 1);
    if (to !== null && to >= 0) session.choose(order[to]);
  }

  #measure() {
    const phone = matchMedia("(max-width: 44rem)").matches;
    const width = this.cells.clientWidth;
    if (!width) return; // the grid is not shown
    const { columns, cellWidth } = layout(width, phone ? 108 : 124, GAP);
    this.columns = columns;
    this.cellHeight = Math.round(this.session.kind === "loop" ? cellWidth * 0.62 + 30 : cellWidth * 0.72 + 30);
    if (phone) this.cellHeight += 14; // its star is a target for a finger
    this.rowHeight = this.cellHeight + GAP;
    this.frame.setAttribute("aria-colcount", columns);
    this.#renew();
  }

  #renew() {
    if (!this.columns) return;
    const { order } = this.session;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.waiting.clear();
    const rows = Math.ceil(order.length / this.columns);
    this.cells.style.height = `${Math.max(0, rows * this.rowHeight - GAP)}px`;
    this.frame.setAttribute("aria-rowcount", rows);
    byId("empty").hidden = order.length > 0 || !this.session.sounds.length;
    this.#showRows();
  }

  #showRows() {
    if (!this.columns) return;
    const { order } = this.session;
    const { scrollTop, clientHeight } = this.frame;
    const [start, end] = visibleRange(scrollTop, clientHeight, this.rowHeight, this.columns, order.length);
    const first = Math.floor(start / this.columns);
    const last = Math.ceil(end / this.columns);
    for (const [number, row] of this.rows) {
      if (number >= first && number < last) continue;
      for (const cell of row.children) this.waiting.delete(cell);
      row.remove();
      this.rows.delete(number);
    }
    for (let number = first; number < last; number++) {
      if (!this.rows.has(number)) this.#addRow(number);
    }
    this.#refresh();
    this.#drawSoon();
  }

  #addRow(number) {
    const row = make("div", { role: "row", class: "cells-row", "aria-rowindex": number + 1 });
    row.style.top = `${number * this.rowHeight}px`;
    row.style.height = `${this.cellHeight}px`;
    row.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    const indices = this.session.order.slice(number * this.columns, (number + 1) * this.columns);
    indices.forEach((index, column) => row.append(this.#makeCell(index, column)));
    const after = [...this.rows.keys()].filter((other) => other > number).sort((a, b) => a - b)[0];
    this.cells.insertBefore(row, after === undefined ? null : this.rows.get(after));
    this.rows.set(number, row);
  }

  #makeCell(index, column) {
    const sound = this.session.sounds[index];
    const star = make("button", { type: "button", class: "icon star", tabindex: -1 }, icon("star"));
    const figure = sound.novelty === null ? sound.class : formatFigure(sound.novelty, 2);
    const title = [
      sound.class,
      sound.novelty === null ? "" : `novelty ${formatFigure(sound.novelty, 2)}`,
      ...sound.faults,
    ];
    const cell = make(
      "div",
      { role: "gridcell", class: "cell", id: `cell-${index}`, "aria-colindex": column + 1, "data-index": index },
      make("canvas", { "aria-hidden": "true" }),
      make(
        "div",
        { class: "caption" },
        make("span", { class: "label", dir: "auto" }),
        make("span", { class: "figure" }, figure),
      ),
      star,
    );
    cell.title = title.filter(Boolean).join(", ");
    if (sound.faults.length) cell.classList.add("faulty");
    this.waiting.add(cell);
    return cell;
  }

  #refresh() {
    const { session } = this;
    for (const row of this.rows.values()) {
      for (const cell of row.children) {
        const index = Number(cell.dataset.index);
        const { star, rejected } = session.choices.of(session.sounds[index].key);
        const name = session.nameOf(index);
        const label = cell.querySelector(".label");
        if (label.textContent !== name) label.textContent = name;
        cell.setAttribute("aria-selected", String(index === session.chosen));
        cell.classList.toggle("starred", star > 0);
        cell.classList.toggle("rejected", rejected);
        cell.classList.toggle("sounding", session.heard?.index === index && !session.heard.known);
        const button = cell.querySelector(".star");
        setOn(button, star > 0);
        button.setAttribute("aria-label", `Star ${name}`);
      }
    }
    this.#point();
  }

  /** Tell screen readers which cell is the active one, while it is in the document. */
  #point() {
    const id = `cell-${this.session.chosen}`;
    if (byId(id)) this.frame.setAttribute("aria-activedescendant", id);
    else this.frame.removeAttribute("aria-activedescendant");
  }

  #chosen() {
    const { order, position, chosen } = this.session;
    if (this.columns && order[position] === chosen) {
      const row = Math.floor(position / this.columns);
      const { scrollTop, clientHeight } = this.frame;
      const to = scrolledTo(row, this.rowHeight, scrollTop, clientHeight);
      if (to !== scrollTop) this.frame.scrollTop = to;
    }
    this.#showRows();
  }

  #clicked(event) {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    const index = Number(cell.dataset.index);
    this.frame.focus({ preventScroll: true });
    if (event.target.closest(".star")) this.session.toggleStar(index);
    else this.session.choose(index);
  }

  #drawSoon() {
    if (this.drawing || !this.waiting.size) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      const end = performance.now() + DRAWING_MS;
      for (const cell of this.waiting) {
        this.waiting.delete(cell);
        drawSound(cell.querySelector("canvas"), this.session, Number(cell.dataset.index), colors().ink);
        if (performance.now() > end) break;
      }
      this.#drawSoon();
    });
  }
}
