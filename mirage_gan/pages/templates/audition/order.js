// Which sounds are shown, and in which order.

/** What sounds can be sorted by and limited to; `step` is that of its fields of limits. */
export const FIGURES = [
  { field: "novelty", name: "Novelty", unit: "", step: 0.01 },
  { field: "brightness", name: "Brightness", unit: "Hz", step: 1 },
  { field: "noisiness", name: "Noisiness", unit: "", step: 0.01 },
  { field: "seconds", name: "Length", unit: "s", step: 0.001 },
];

/** The view that shows every sound in the order of the page. */
export const EVERYTHING = Object.freeze({
  sort: "page",
  descending: false,
  text: "",
  className: "",
  show: "all",
  faulty: true,
  limits: {},
  like: null,
});

/**
 * Return the indices of the sounds that a view shows, in its order. What has no figure comes last either way.
 *
 * @param view as EVERYTHING; `limits` holds {field: [least, most]}, null where open; `like` is an index or null
 */
export function arrange(sounds, view, choices) {
  const shown = sounds.map((_, i) => i).filter((i) => isShown(sounds[i], view, choices));
  if (view.like !== null) return nearestFirst(sounds, shown, sounds[view.like].features);
  if (view.sort === "page") return view.descending ? shown.reverse() : shown;
  const key = sortKey(view.sort, choices);
  const keys = new Map(shown.map((i) => [i, key(sounds[i])]));
  const sign = view.descending ? -1 : 1;
  return shown.sort((a, b) => {
    const [one, other] = [keys.get(a), keys.get(b)];
    if (one === null || other === null) return (one === null) - (other === null) || a - b;
    return sign * compare(one, other) || a - b;
  });
}

/** Return the distance of two lists of features. */
export function featureDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** Return the names of the classes of sounds, sorted. */
export function classNames(sounds) {
  return [...new Set(sounds.map((sound) => sound.class).filter(Boolean))].sort();
}

/** Return whether the grid has a sound to show: of those that were made in the page, the ones that somebody judged. */
export function isOfPage(sound, choices) {
  const { star, rejected } = choices.of(sound.key);
  return !sound.made || star > 0 || rejected;
}

function isShown(sound, view, choices) {
  if (!isOfPage(sound, choices)) return false;
  const { star, rejected, name } = choices.of(sound.key);
  if (view.show === "starred" && !star) return false;
  if (view.show === "rejected" && !rejected) return false;
  if (view.show === "open" && rejected) return false;
  if (view.className && sound.class !== view.className) return false;
  if (!view.faulty && sound.faults.length) return false;
  const words = view.text.trim().toLowerCase();
  if (words && ![sound.label, name, sound.class].some((text) => text.toLowerCase().includes(words))) return false;
  return Object.entries(view.limits).every(([field, [least, most]]) => {
    const value = (field === "seed" ? sound.address.seed && Number(sound.address.seed) : sound[field]) ?? null;
    if (least === null && most === null) return true;
    return value !== null && value >= (least ?? -Infinity) && value <= (most ?? Infinity);
  });
}

function nearestFirst(sounds, shown, features) {
  const distanceOf = (other) => (other.features ? featureDistance(other.features, features) : Number.MAX_VALUE);
  const distances = new Map(shown.map((i) => [i, distanceOf(sounds[i])]));
  return shown.sort((a, b) => distances.get(a) - distances.get(b) || a - b);
}

function sortKey(sort, choices) {
  if (sort === "seed") return (sound) => (sound.address.seed === undefined ? null : BigInt(sound.address.seed));
  if (sort === "class") return (sound) => sound.class || null;
  if (sort === "star") return (sound) => choices.of(sound.key).star || null;
  return (sound) => sound[sort] ?? null;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
