// The audition page: see, hear, play and choose sounds. This module connects the parts.

import { BeatPanel } from "./beat_panel.js";
import { Choices } from "./choices.js";
import { KEYS, commandOf } from "./commands.js";
import { connectDetail, toggleLike } from "./detail.js";
import { byId, make, setOn } from "./dom.js";
import { Dock } from "./dock.js";
import { forgetColors } from "./drawing.js";
import { connectFilters } from "./filters.js";
import { Grid } from "./grid.js";
import { Listening } from "./listening.js";
import { SoundMap } from "./map.js";
import { makeGenerator } from "./generator.js";
import { NewPanel } from "./new_panel.js";
import { NewSounds } from "./new_sounds.js";
import { unpackSamples } from "./samples.js";
import { Session } from "./session.js";
import { BrowserStore, ServerStore, browserStorage, heldText } from "./stores.js";
import { connectTabs } from "./tabs.js";
import { TrainingPanel } from "./training_panel.js";
import { connectTray } from "./tray.js";

/** Return the samples of all sounds: those in the page, or else those of its server. */
async function loadSamples(live) {
  const inside = byId("samples").textContent;
  byId("samples").textContent = ""; // nothing reads it again
  if (inside || !live) return unpackSamples(inside);
  const answer = await fetch(`${live}sounds.bin`);
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Return where the choices of a run and its checkpoint are kept. */
function makeStore(session) {
  const { live, run, checkpoint_sha256: checkpoint, favourites } = session.data;
  if (live) return new ServerStore(live, () => session.data.checkpoint_sha256);
  const before = new Choices();
  before.adopt({ favourites });
  return new BrowserStore(browserStorage(), `mirage-gan:${run}:${checkpoint}`, heldText(before));
}

function connectButtons(session, listening) {
  byId("undo").addEventListener("click", () => session.undo());
  byId("redo").addEventListener("click", () => session.redo());
  byId("silence").addEventListener("click", () => listening.silence());
  byId("help").addEventListener("click", () => byId("keys-dialog").showModal());
  byId("mirage").addEventListener("click", () => listening.setThrough(!listening.through));
  byId("keys-list").append(
    ...KEYS.flatMap(([keys, does]) => {
      const caps = keys.split(" ").map((key) => make("kbd", {}, key));
      return [make("dt", {}, ...caps), make("dd", {}, does)];
    }),
  );
  session.on("choices", () => {
    byId("undo").disabled = !session.choices.done.length;
    byId("redo").disabled = !session.choices.undone.length;
  });
  session.on("said", (text) => (byId("said").textContent = text));
  session.on("through", () => setOn(byId("mirage"), listening.through));
}

/** Return what commands a focus leaves to the document. */
function placeOf(target, notes) {
  const typing = target.matches("textarea, select, input:not([type=range], [type=checkbox])");
  const own = target.closest("[data-own-keys]") !== null;
  const arrows = own || target.matches("input[type=range], [role=tab]");
  const control = own || !target.matches("body, main, section, .grid");
  return { typing, arrows, control, notes };
}

function connectKeys(session, { grid, listening, dock, tabs, panel }) {
  const onChosen = (act) => () => (session.chosen < 0 ? session.say("Choose a sound first") : act(session.chosen));
  const acts = {
    silence: () => listening.silence(),
    move: (event) => grid.move(event.key),
    again: () => listening.again(),
    star: onChosen((index) => session.toggleStar(index)),
    reject: onChosen((index) => session.toggleRejected(index)),
    compare: onChosen(() => listening.compare()),
    like: onChosen(() => toggleLike(session)),
    name: onChosen(() => {
      tabs.show("sound");
      byId("name").select();
    }),
    roll: () => {
      tabs.show("new");
      panel.roll();
    },
    mirage: () => listening.setThrough(!listening.through),
    keys: () => dock.setLetters(!dock.letters),
    undo: () => session.undo(),
    redo: () => session.redo(),
    help: () => byId("keys-dialog").showModal(),
    search: () => {
      tabs.show("sounds");
      byId("text").focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const place = placeOf(event.target, dock.letters);
    const command = commandOf(event, place);
    if (command) {
      if (command !== "silence") event.preventDefault(); // Escape also leaves what the browser lets it leave
      if (!event.repeat || command === "move") acts[command](event);
    } else if (!place.typing) dock.pressed(event);
  });
  document.addEventListener("keyup", (event) => dock.released(event));
}

async function start() {
  const text = byId("data").textContent;
  const { live } = JSON.parse(text);
  const session = new Session(text, await loadSamples(live));
  const listening = new Listening(session);
  const tabs = connectTabs(session);
  connectButtons(session, listening);
  connectDetail(session, listening);
  connectFilters(session);
  connectTray(session);
  const grid = new Grid(session);
  const dock = new Dock(session, listening);
  new SoundMap(session, listening);
  if (session.kind === "one-shot") new BeatPanel(session, listening);
  const panel = new NewPanel(session, new NewSounds(session, makeGenerator));
  connectKeys(session, { grid, listening, dock, tabs, panel });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    forgetColors();
    session.tell("colors");
  });
  byId("grid").focus({ preventScroll: true });
  performance.mark("playable");
  if (session.data.watch) new TrainingPanel(session, listening).follow();
  await session.connect(makeStore(session));
}

start().catch((error) => {
  byId("said").textContent = `The page could not start: ${error.message}`;
  throw error;
});
