// The training that the page follows: its progress and curves, previews of its checks, and the sounds of checkpoints.

import { byId, make, setIcon, setOn } from "./dom.js";
import { colors, drawRule, drawText, fitCanvas } from "./drawing.js";
import { formatFigure } from "./figures.js";
import { CHARTS, extentOf, mayReplace, newestOf, placeOfCheck } from "./training.js";
import { pointsOf, progressInWords, seriesOf, valueAt } from "./training.js";

const POLL_MS = 3000;
const IDLE_MS = 12000; // when nothing trains, or the run is gone; it may come back
const [SIDE, FOOT] = [36, 16]; // pixels beside and below a chart, for its values and steps

/** A stroke for each line of a chart: in one accent color, so that none needs color to be told from the others. */
const STROKES = [
  { color: "accent", width: 2, dash: [] },
  { color: "ink", width: 1.25, dash: [] },
  { color: "ink", width: 1.25, dash: [5, 3] },
  { color: "gray", width: 1.5, dash: [1.5, 2.5] },
];

export class TrainingPanel {
  constructor(session, listening) {
    this.session = session;
    this.listening = listening;
    this.path = session.data.live;
    this.progress = null; // what was told last
    this.gone = false; // whether the run cannot be read any more
    this.picked = null; // step of the check that somebody picked; null: the newest
    this.pictured = null; // step of the picture that is shown
    this.best = false; // whether the grid shows the sounds of the best checkpoint, not of the newest
    this.shown = ""; // the version of the checkpoint that it shows
    this.refused = ""; // a version whose sounds could not be made, which is not asked for again by itself
    this.loading = false;
    this.#build();
    byId("check").addEventListener("input", () => this.#pick(Number(byId("check").value)));
    byId("check-play").addEventListener("click", () => this.#play());
    byId("show-newest").addEventListener("click", () => this.#show(false));
    byId("show-best").addEventListener("click", () => this.#show(true));
    byId("take-new").addEventListener("click", () => this.#show(this.best));
    session.on("heard", () => this.#showPlaying());
    for (const name of ["colors", "shown"]) session.on(name, () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(byId("charts"));
    this.#showEdition();
  }

  /** Ask how the training goes, now and every few seconds while the page is seen. */
  async follow() {
    if (!document.hidden) await this.#ask();
    const rests = this.gone || ["ended", "quiet"].includes(this.progress?.state);
    setTimeout(() => this.follow(), rests ? IDLE_MS : POLL_MS);
  }

  async #ask() {
    try {
      const answer = await fetch(`${this.path}progress`);
      const progress = await answer.json();
      this.gone = Boolean(progress.error);
      if (this.gone) return this.#showGone(progress.error);
      this.progress = progress;
      this.#showProgress();
      this.#followCheckpoint();
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error; // not of the network
      this.#say("No answer", "The server of this page does not answer: it was ended, or is busy.");
    }
  }

  #say(title, details, verdict = "") {
    // Screen readers are told of a change alone, not of each step.
    if (byId("training-state").textContent !== title) byId("training-state").textContent = title;
    byId("training-details").textContent = details;
    byId("training-verdict").textContent = verdict;
    byId("training-verdict").hidden = !verdict;
  }

  #showGone(reason) {
    this.#say("The run cannot be read", `${reason}. The sounds of before are still here.`);
    byId("training-share").hidden = true;
  }

  #showProgress() {
    const { progress } = this;
    const { title, details, verdict } = progressInWords(progress);
    this.#say(title, details, verdict);
    const bar = byId("training-share");
    bar.hidden = progress.state === "waiting" || progress.share === null;
    if (progress.share !== null) bar.value = progress.share;
    this.#showCheck();
    this.#draw();
  }

  /** Return {name, version} of the checkpoint that the grid is to show; neither if it is not there yet. */
  #wanted() {
    const checkpoints = this.progress?.checkpoints ?? {};
    const name = this.best ? "best" : newestOf(checkpoints);
    return { name, version: checkpoints[name] };
  }

  /** Show the sounds of the checkpoint anew if it is another one, or offer to. */
  #followCheckpoint() {
    const { session } = this;
    const { version } = this.#wanted();
    if (!version || version === this.shown || version === this.refused) return this.#showEdition();
    const sounding = session.heard !== null || this.listening.player.notes.length > 0;
    const typing = document.activeElement === byId("name");
    if (mayReplace({ sounds: session.sounds.length, decided: session.decided, sounding, typing })) this.#load();
    else this.#showEdition();
  }

  /** Show the sounds of the best checkpoint or of the newest, because somebody asked for them. */
  async #show(best) {
    if (this.loading || !this.progress) return;
    this.best = best;
    this.refused = "";
    this.listening.silence();
    await this.#load();
  }

  async #load() {
    if (this.loading) return;
    this.loading = true;
    this.#showEdition();
    const wanted = this.#wanted();
    const { text, error, version } = await this.#fetchSounds(wanted.name);
    this.loading = false;
    if (error) {
      this.refused = wanted.version;
      this.session.say(`The new sounds could not be made: ${error}`);
    } else {
      this.shown = version;
      this.session.replace(text);
      this.session.say(`Sounds of step ${formatFigure(this.session.data.step)}`);
    }
    this.#showEdition();
  }

  async #fetchSounds(name) {
    try {
      const text = await (await fetch(`${this.path}checkpoint/${name}`)).text();
      const { error = "", version } = JSON.parse(text);
      return { text, error, version };
    } catch (error) {
      return { error: error.message };
    }
  }

  #showEdition() {
    const { session } = this;
    const checkpoints = this.progress?.checkpoints ?? {};
    const { version } = this.#wanted();
    setOn(byId("show-newest"), !this.best);
    setOn(byId("show-best"), this.best);
    byId("show-newest").disabled = !newestOf(checkpoints);
    byId("show-best").disabled = !checkpoints.best;
    const waits = Boolean(version) && version !== this.shown;
    byId("take-new").hidden = !waits || this.loading || !session.sounds.length;
    byId("awaiting").hidden = session.sounds.length > 0;
    const of = `The grid shows the sounds of step ${formatFigure(session.data.step)}.`;
    let about = "The sounds come with the first checkpoint.";
    if (this.loading) about = "New sounds are being made…";
    else if (session.sounds.length && waits)
      about = `${of} They stay while you choose among them; there are newer ones.`;
    else if (session.sounds.length) about = of;
    byId("edition").textContent = about;
  }

  #pick(place) {
    const { previews } = this.progress;
    this.picked = place === previews.length - 1 ? null : previews[place];
    this.#showCheck();
    this.#draw();
  }

  /** Return the step of the check under the scrub bar; null if there is none yet. */
  #step() {
    const previews = this.progress?.previews ?? [];
    return previews.length ? previews[placeOfCheck(previews, this.picked)] : null;
  }

  #showCheck() {
    const { previews, step: latest } = this.progress;
    const step = this.#step();
    const place = placeOfCheck(previews, this.picked);
    const bar = byId("check");
    bar.disabled = previews.length < 2;
    bar.max = Math.max(0, previews.length - 1);
    bar.value = Math.max(0, place);
    const words = step === null ? "no check yet" : `step ${formatFigure(step)}, check ${place + 1} of ${previews.length}`;
    byId("check-name").textContent = step === null ? "No check yet" : words.replace("step", "Step");
    bar.setAttribute("aria-valuetext", words);
    byId("check-play").disabled = step === null;
    byId("check-note").hidden = step === null;
    for (const { id, rows, lines } of CHARTS) {
      const cells = byId(`legend-${id}`).querySelectorAll("b");
      lines.forEach(([field], i) => {
        const value = valueAt(seriesOf(this.progress[rows], field), step ?? latest);
        cells[i].textContent = formatFigure(value, 2);
      });
    }
    this.#showPicture(step);
    this.#showPlaying();
  }

  async #showPicture(step) {
    if (step === this.pictured) return;
    this.pictured = step;
    const picture = byId("check-picture");
    picture.hidden = step === null;
    if (step === null) return;
    const content = await this.#fetchPreview(step, "png");
    if (step !== this.pictured || !content) return;
    const before = picture.src;
    picture.src = URL.createObjectURL(content);
    picture.alt = `Sounds of seeds 0 to 63 at step ${formatFigure(step)}`;
    if (before) URL.revokeObjectURL(before);
  }

  /** Return a preview as a Blob, or null if it is gone or the server does not answer. */
  async #fetchPreview(step, kind) {
    const answer = await fetch(`${this.path}preview/${step}.${kind}`).catch(() => null);
    return answer?.status === 200 ? answer.blob() : null;
  }

  #play() {
    const step = this.#step();
    if (this.session.heard?.step === step) return this.listening.stop();
    const coming = this.#fetchPreview(step, "wav").then((content) => content?.arrayBuffer());
    this.listening.hearFile(coming, step);
  }

  #showPlaying() {
    const { heard } = this.session;
    const plays = heard?.step !== undefined && heard.step === this.#step();
    setIcon(byId("check-play"), plays ? "stop" : "play");
    byId("check-play").querySelector("span").textContent = plays ? "Stop" : "Play the check";
  }

  #build() {
    for (const { id, name, lines } of CHARTS) {
      const legend = lines.map(([, title], i) =>
        make("span", {}, make("i", { class: `stroke stroke-${i}` }), title, make("b", { class: "figure" }, "–")),
      );
      byId("charts").append(
        make(
          "figure",
          {},
          make("figcaption", {}, name),
          make("canvas", { id: `chart-${id}`, class: "picture chart", role: "img", "aria-label": name }),
          make("div", { id: `legend-${id}`, class: "legend" }, ...legend),
        ),
      );
    }
  }

  #draw() {
    if (!this.progress || !byId("charts").clientWidth) return;
    for (const chart of CHARTS) this.#drawChart(chart);
  }

  #drawChart({ id, rows, lines, range, floor }) {
    const { progress } = this;
    const { context, width, height } = fitCanvas(byId(`chart-${id}`));
    const box = { x: SIDE, y: 8, width: width - SIDE - 8, height: height - 12 - FOOT };
    const all = lines.map(([field]) => seriesOf(progress[rows], field));
    const extent = extentOf(all, range, floor);
    const last = Math.max(progress.step, 1);
    drawRule(context, box, box.height);
    drawText(context, "step 0", box.x, height - 5);
    drawText(context, formatFigure(last), box.x + box.width, height - 5, "right");
    if (!extent) return;
    const step = this.#step();
    if (step !== null) {
      context.fillStyle = colors().rule;
      context.fillRect(Math.round(box.x + (step / last) * box.width), box.y, 1, box.height);
    }
    all.forEach((series, i) => drawStroke(context, pointsOf(series, extent, last, box), STROKES[i]));
    context.setLineDash([]);
    drawText(context, formatFigure(extent[1], 1), box.x - 6, box.y + 9, "right");
    drawText(context, formatFigure(extent[0], 1), box.x - 6, box.y + box.height, "right");
  }
}

/** Draw a line through points, and a single point as a dot. */
function drawStroke(context, points, { color, width, dash }) {
  context.strokeStyle = context.fillStyle = colors()[color];
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  if (points.length === 1) {
    context.arc(points[0].x, points[0].y, 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  for (const { x, y } of points) context.lineTo(x, y);
  context.stroke();
}
