// Where the cells of the grid are, and where the arrow keys lead.

/** Return how the cells of a grid share its width. */
export function layout(width, least, gap) {
  const columns = Math.max(1, Math.floor((width + gap) / (least + gap)));
  return { columns, cellWidth: (width - gap * (columns - 1)) / columns };
}

/** Return the first index and the end of the cells that are in view, with `margin` rows around them. */
export function visibleRange(top, height, rowHeight, columns, count, margin = 1) {
  const first = Math.max(0, Math.floor(top / rowHeight) - margin);
  const end = Math.ceil((top + height) / rowHeight) + margin;
  return [Math.min(first * columns, count), Math.min(Math.max(end, 0) * columns, count)];
}

/** Return the position that a key leads to from another, or null if the key leads nowhere. */
export function moved(key, at, columns, count, pageRows) {
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: columns * Math.max(1, pageRows),
    PageUp: -columns * Math.max(1, pageRows),
  };
  if (count === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (!(key in steps)) return null;
  if (at < 0) return 0;
  const to = at + steps[key];
  if (to >= 0 && to < count) return to;
  if (key === "PageDown" || key === "ArrowDown") {
    // Below is a row that is not full, or nothing: a page down ends at the last sound, an arrow only if there is a row.
    const lower = Math.floor((count - 1) / columns) > Math.floor(at / columns);
    return lower || key === "PageDown" ? count - 1 : at;
  }
  if (key === "PageUp") return at % columns;
  return at;
}

/** Return where to scroll so that a row is seen whole, or the same place if it is. */
export function scrolledTo(row, rowHeight, top, height) {
  if (row * rowHeight < top) return row * rowHeight;
  return Math.max(top, (row + 1) * rowHeight - height);
}
