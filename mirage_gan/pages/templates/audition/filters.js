// The row above the grid: search, order and limits.

import { byId, make, setOn } from "./dom.js";
import { EVERYTHING, FIGURES, classNames } from "./order.js";

/** Return a number that somebody typed, or null for nothing. */
export function typedNumber(text) {
  const value = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

/** Connect the row above the grid with the choice of sounds that the grid shows. */
export function connectFilters(session) {
  fillSort(session);
  fillClasses(session);
  fillLimits(session);
  byId("text").addEventListener("input", (event) => session.look({ text: event.target.value, like: null }));
  byId("sort").addEventListener("change", (event) => session.look({ sort: event.target.value, like: null }));
  byId("show").addEventListener("change", (event) => session.look({ show: event.target.value }));
  byId("class").addEventListener("change", (event) => session.look({ className: event.target.value }));
  byId("direction").addEventListener("click", () => session.look({ descending: !session.view.descending, like: null }));
  byId("like-chip").addEventListener("click", () => session.look({ like: null }));
  byId("show-all").addEventListener("click", () => showAll(session));
  document.addEventListener("click", (event) => {
    if (!byId("more").contains(event.target)) byId("more").open = false;
  });
  byId("more").addEventListener("keydown", (event) => {
    if (event.key === "Escape") byId("more").open = false;
  });
  session.on("replaced", () => {
    fillSort(session);
    fillClasses(session);
  });
  session.on("view", () => showView(session));
  session.on("choices", () => showCount(session));
  showView(session);
}

function fillSort(session) {
  const classes = classNames(session.sounds).length > 1 ? [["class", "Class"]] : [];
  const figures = FIGURES.map(({ field, name }) => [field, name]);
  const rows = [["page", "As made"], ...figures, ...classes, ["seed", "Seed"], ["star", "Order of stars"]];
  byId("sort").replaceChildren(...rows.map(([value, name]) => make("option", { value }, name)));
}

function fillClasses(session) {
  const names = classNames(session.sounds);
  const { className } = session.view;
  if (className && !names.includes(className)) names.push(className); // so that one can see why nothing is shown
  const options = names.map((name) => make("option", { value: name }, name));
  byId("class").replaceChildren(make("option", { value: "" }, "All"), ...options);
  byId("class").value = className;
  byId("class-field").hidden = names.length < 2;
}

function fillLimits(session) {
  const faults = make("input", { type: "checkbox", id: "faulty", checked: true });
  faults.addEventListener("change", () => session.look({ faulty: faults.checked }));
  for (const { field, name, unit, step } of [...FIGURES, { field: "seed", name: "Seed", unit: "", step: 1 }]) {
    const [least, most] = ["least", "most"].map((end) => {
      return make("input", {
        type: "number",
        step,
        inputmode: "decimal",
        "aria-label": `${name}, ${end}`,
        id: `${end}-${field}`,
      });
    });
    const set = () => {
      const limits = { ...session.view.limits, [field]: [typedNumber(least.value), typedNumber(most.value)] };
      session.look({ limits });
    };
    for (const input of [least, most]) input.addEventListener("input", set);
    const title = unit ? `${name}, ${unit}` : name;
    byId("limits").append(
      make("div", { class: "limit" }, make("span", {}, title), least, make("span", {}, "to"), most),
    );
  }
  byId("limits").append(make("label", { class: "check" }, faults, "Sounds with faults too"));
  byId("limits").append(make("button", { type: "button", onclick: () => showAll(session) }, "No limits"));
}

function showAll(session) {
  for (const input of byId("limits").querySelectorAll("input[type=number]")) input.value = "";
  byId("faulty").checked = true;
  byId("text").value = "";
  byId("show").value = "all";
  byId("class").value = "";
  const { sort, descending } = session.view;
  session.look({ ...EVERYTHING, limits: {}, sort, descending });
}

function showView(session) {
  const { view } = session;
  byId("sort").value = view.sort;
  byId("show").value = view.show;
  setOn(byId("direction"), view.descending);
  byId("direction").classList.toggle("up", !view.descending);
  const set =
    Object.values(view.limits).filter(([least, most]) => least !== null || most !== null).length + !view.faulty;
  byId("limits-set").textContent = set ? ` ${set}` : "";
  byId("like-chip").hidden = view.like === null;
  if (view.like !== null) byId("like-chip").textContent = `Like ${session.nameOf(view.like)}  ×`;
  byId("like-chip").setAttribute("aria-label", "Order by likeness no more");
  showCount(session);
}

function showCount(session) {
  const [shown, all] = [session.order.length, session.count];
  byId("count").textContent = shown === all ? `${all} sounds` : `${shown} of ${all} sounds`;
}
