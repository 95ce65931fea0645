// The views beside the grid. On a phone the grid and the piano are views too, and one is seen at a time.

const SIDES = ["sound", "map", "new", "beat", "training"];

/** Connect the tabs; returns {show(name)}. */
export function connectTabs(session) {
  const phone = matchMedia("(max-width: 44rem)");
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const current = () => (phone.matches ? document.body.dataset.view : document.body.dataset.side);
  const refresh = () => {
    for (const tab of tabs) {
      const on = tab.dataset.tab === current();
      tab.setAttribute("aria-selected", String(on));
      tab.setAttribute("tabindex", on ? 0 : -1);
    }
    session.tell("shown");
  };
  const show = (name) => {
    document.body.dataset.view = name;
    if (SIDES.includes(name)) document.body.dataset.side = name;
    refresh();
  };
  for (const tab of tabs) {
    tab.addEventListener("click", () => show(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const seen = tabs.filter((other) => other.offsetParent !== null);
      const next = seen[(seen.indexOf(tab) + step + seen.length) % seen.length];
      show(next.dataset.tab);
      next.focus();
    });
  }
  phone.addEventListener("change", refresh);
  refresh();
  return { show };
}
