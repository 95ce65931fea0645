// Places in the latent space of the network: where sounds lie, and the ways between them.
//
// Networks use only the direction of a latent. What is made here lies where latents mostly lie that are drawn from a
// standard normal distribution: on a sphere whose radius is the square root of their numbers. A way that ends at a latent
// ends at that latent itself, whose sound the page may have.

const NARROW = 1e-6; // an angle, in radians, below which two directions are one

/** Return a latent with a direction as `latent` has it, on the sphere. */
export function onSphere(latent) {
  const norm = Math.sqrt(dot(latent, latent));
  const scale = norm > 0 ? Math.sqrt(latent.length) / norm : 0;
  return Float32Array.from(latent, (value) => scale * value);
}

/** Draw a new latent. `random` gives numbers from 0 to 1. */
export function drawLatent(size, random = Math.random) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()); // Box and Muller
  return onSphere(Array.from({ length: size }, normal));
}

/**
 * Return the latent on the way from one to another, on the great circle through both, as `morph` goes.
 *
 * @param share 0 is the first, 1 the other
 */
export function between(one, other, share) {
  if (share <= 0) return one;
  if (share >= 1) return other;
  const [a, b] = [onSphere(one), onSphere(other)];
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, b) / a.length)));
  if (angle < NARROW || Math.PI - angle < NARROW) return share < 0.5 || angle < NARROW ? a : b;
  const [left, right] = [Math.sin((1 - share) * angle), Math.sin(share * angle)];
  return onSphere(a.map((value, i) => left * value + right * b[i]));
}

/** Return the latent at a place between four corners: x from left to right, y from top to bottom, 0 to 1. */
export function amongFour([topLeft, topRight, bottomLeft, bottomRight], [x, y]) {
  return between(between(topLeft, topRight, x), between(bottomLeft, bottomRight, x), y);
}

/** Return how much each of four corners has of a place between them, 0 to 1, in the order of `amongFour`. */
export function sharesOfFour([x, y]) {
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

/** Return a new neighbour of a latent, as `--near` makes them: at spread 0 it is the same, at 1 it has nothing of it. */
export function neighbourOf(latent, spread, random = Math.random) {
  const [own, other] = [onSphere(latent), drawLatent(latent.length, random)];
  return onSphere(own.map((value, i) => Math.sqrt(1 - spread ** 2) * value + spread * other[i]));
}

/**
 * Return a latent moved along directions.
 *
 * @param directions {vector, reach} each
 * @param turns how far along each, -1 to 1 of its reach
 */
export function movedAlong(latent, directions, turns) {
  if (turns.every((turn) => turn === 0)) return latent;
  const moved = Float64Array.from(onSphere(latent));
  directions.forEach(({ vector, reach }, number) => {
    for (let i = 0; i < moved.length; i++) moved[i] += turns[number] * reach * vector[i];
  });
  return onSphere(moved);
}

/** Return the latents, `size` numbers each, that bytes hold one after the other as little-endian float32. */
export function decodeLatents(bytes, size) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return Array.from({ length: numbers.length / size }, (_, i) => numbers.subarray(i * size, (i + 1) * size));
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
