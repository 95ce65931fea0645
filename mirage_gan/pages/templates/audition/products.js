// Products of many vectors by a matrix, which most of a network's time goes into.

/**
 * Multiply each of `count` vectors by each of `rows` rows of a matrix; output j of vector i goes to `first + j * across +
 * i * along`. Two vectors and four rows at once, so that each number that is read serves several products.
 *
 * The text of this function is a part of the worker's source, so it uses no names but its own.
 */
export function products(vectors, count, matrix, rows, { out, first, across, along }) {
  if (rows < 3 && rows < count) {
    return products(matrix, rows, vectors, count, { out, first, across: along, along: across });
  }
  const size = vectors.length / count;
  for (let row = 0; row < rows; row += 4) {
    const w0 = row * size;
    const w1 = Math.min(row + 1, rows - 1) * size; // beyond the last row, it is computed again
    const w2 = Math.min(row + 2, rows - 1) * size;
    const w3 = Math.min(row + 3, rows - 1) * size;
    for (let vector = 0; vector < count; vector += 2) {
      const x0 = vector * size;
      const x1 = Math.min(vector + 1, count - 1) * size;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let k = 0; k < size; k++) {
        const a = vectors[x0 + k];
        const b = vectors[x1 + k];
        const m0 = matrix[w0 + k];
        const m1 = matrix[w1 + k];
        const m2 = matrix[w2 + k];
        const m3 = matrix[w3 + k];
        a0 += a * m0;
        a1 += a * m1;
        a2 += a * m2;
        a3 += a * m3;
        b0 += b * m0;
        b1 += b * m1;
        b2 += b * m2;
        b3 += b * m3;
      }
      const place = first + row * across + vector * along;
      const other = place + Math.min(1, count - 1 - vector) * along;
      for (let j = Math.min(3, rows - 1 - row); j >= 0; j--) {
        out[place + j * across] = j === 0 ? a0 : j === 1 ? a1 : j === 2 ? a2 : a3;
        if (other > place) out[other + j * across] = j === 0 ? b0 : j === 1 ? b1 : j === 2 ? b2 : b3;
      }
    }
  }
}
