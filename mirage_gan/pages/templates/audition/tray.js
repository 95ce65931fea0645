// The starred sounds and what can be made of them: by the server, or by a command line.

import { addressesText, favouritesFile } from "./addresses.js";
import { byId, download, icon, make } from "./dom.js";
import { commandLine, hindrance, offeredFor } from "./making.js";

/** Connect the tray at the foot of the side panel. */
export function connectTray(session) {
  for (const { what, name } of offeredFor(session.kind)) {
    const primary = what === "disk" ? "primary" : false;
    byId("makers").append(
      make(
        "button",
        { type: "button", class: primary, "data-what": what, onclick: () => makeFiles(session, what) },
        name,
      ),
    );
  }
  byId("save").addEventListener("click", () => save(session));
  byId("copy").addEventListener("click", () => copy());
  session.on("choices", () => showStarred(session));
  session.on("unsaved", (text) => (byId("made").textContent = text));
  showStarred(session);
}

function showStarred(session) {
  const starred = session.choices.starred();
  const here = starred.filter((entry) => session.indexOf(entry.key) >= 0).length;
  const elsewhere = starred.length - here;
  const words = starred.length ? `${starred.length} starred` : "Nothing starred yet";
  byId("starred-count").textContent = words + (elsewhere ? `, ${elsewhere} of them not on this page` : "");
  byId("save").disabled = !starred.length;
}

/** Download the favourites as the file that `export --favourites` takes. */
function save(session) {
  const { run, checkpoint_sha256: checkpoint } = session.data;
  download("favourites.json", favouritesFile(run, checkpoint, session.choices.starred()), "application/json");
  byId("made").textContent = "favourites.json is saved: export --favourites takes it.";
}

async function makeFiles(session, what) {
  const reason = hindrance(session.data, what, session.choices.starred());
  if (reason) byId("made").textContent = `${reason}.`;
  else if (session.data.live) await makeByServer(session, what);
  else showCommand(session, what);
}

async function makeByServer(session, what) {
  const buttons = [...byId("makers").querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  byId("made").textContent = "Making…";
  try {
    const headers = { "Content-Type": "application/json", "X-Mirage-Gan": "1" };
    const checkpoint = JSON.stringify(session.data.checkpoint_sha256);
    const sounds = addressesText(session.choices.starred());
    const body = `{"what":"${what}","sounds":${sounds},"checkpoint_sha256":${checkpoint}}`;
    const answer = await fetch(`${session.data.live}export`, { method: "POST", headers, body });
    const made = await answer.json();
    if (!answer.ok) throw new Error(made.error ?? `the server answers ${answer.status}`);
    showMade(session, made);
  } catch (error) {
    byId("made").textContent = `That failed: ${error.message}`;
  } finally {
    for (const button of buttons) button.disabled = false;
    showStarred(session);
  }
}

function showMade(session, { files, said, out }) {
  const links = files.map((name) => {
    const path = name.split("/").map(encodeURIComponent).join("/");
    const link = make(
      "a",
      { href: `${session.data.live}files/${path}`, download: name.split("/").pop(), dir: "auto" },
      name,
    );
    return make("li", {}, icon("down"), link);
  });
  byId("made").replaceChildren(`${said.join(" ")} In ${out}:`, make("ul", {}, ...links));
}

function showCommand(session, what) {
  save(session);
  const maker = offeredFor(session.kind).find((other) => other.what === what);
  byId("command-title").textContent = maker.name;
  byId("command").value = commandLine(session.data, what, session.choices.starred()).command;
  byId("command-note").textContent = "";
  byId("command-dialog").showModal();
  copy();
}

/** Copy the command line. Where a browser does not let a page do that, it stays marked to be copied by hand. */
async function copy() {
  const field = byId("command");
  field.focus();
  field.select();
  const copied = await navigator.clipboard?.writeText(field.value).then(
    () => true,
    () => false,
  );
  const done = copied || document.execCommand?.("copy");
  byId("command-note").textContent = done ? "Copied." : "Copy it from here: this browser does not let a page do that.";
}
