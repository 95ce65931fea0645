// The few things that the page's parts need of the document. Texts are always text: no part makes markup of a string.

/** Return the element with an id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Make an element: attributes by name, `onNAME` a listener, children elements or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Make a picture of the set at the top of the page. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Set the picture of a button. */
export function setIcon(button, name) {
  button.querySelector("use").setAttribute("href", `#icon-${name}`);
}

/** Set a switch or a button that stays pressed. */
export function setOn(button, on) {
  button.setAttribute(button.getAttribute("role") === "switch" ? "aria-checked" : "aria-pressed", String(on));
}

/** Offer bytes or text as a download. */
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000); // a browser may still be reading it
}
