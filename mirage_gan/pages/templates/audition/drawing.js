// Drawing of sounds on canvases, in the colors of the style sheet.

let palette = null;

/** Return the colors of the page: those of the style sheet, by name. */
export function colors() {
  if (!palette) {
    const style = getComputedStyle(document.documentElement);
    palette = {};
    for (const name of ["paper", "ink", "soft", "rule", "shade", "accent", "gray"]) {
      palette[name] = style.getPropertyValue(`--${name}`).trim();
    }
  }
  return palette;
}

/** Forget the colors when the page turns light or dark. */
export function forgetColors() {
  palette = null;
}

/** Make a canvas as sharp as the screen, clear it, and return its context and size in CSS pixels. */
export function fitCanvas(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
  const scale = Math.min(devicePixelRatio || 1, 2);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineJoin = "round";
  return { context, width, height };
}

/** Draw a line through values -1 to 1, over a box. */
export function drawLine(context, box, values, color, lineWidth = 1.25) {
  context.beginPath();
  const middle = box.y + box.height / 2;
  for (let i = 0; i < values.length; i++) {
    const x = box.x + (i / Math.max(1, values.length - 1)) * box.width;
    context.lineTo(x, middle - (values[i] * box.height) / 2);
  }
  context.strokeStyle = color;
  context.lineWidth = lineWidth;
  context.stroke();
}

/** Return 8-bit samples as numbers -1 to 1. */
export function decodeSamples(samples) {
  return Float32Array.from(samples, (sample) => (sample - 128) / 127);
}

/** Draw the least and the most of samples in each column, over a box. */
export function drawEnvelope(context, box, samples, color) {
  const columns = Math.max(1, Math.round(box.width));
  context.fillStyle = color;
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * samples.length) / columns);
    const end = Math.max(start + 1, Math.floor(((column + 1) * samples.length) / columns));
    let [low, high] = [128, 128];
    for (let i = start; i < end && i < samples.length; i++) {
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    const top = box.y + ((255 - high) / 254) * box.height;
    const bottom = box.y + ((255 - low) / 254) * box.height;
    context.fillRect(box.x + column, top, 1, Math.max(1, bottom - top));
  }
}

/**
 * Draw levels (columns of bands, from the lowest up) over a box: positive ones in one color, negative in another.
 *
 * @param gamma over 1 makes what is faint fainter, under 1 stronger
 */
export function drawLevels(context, box, { columns, bands, levels }, positive, negative = positive, gamma = 1.5) {
  const [more, less] = [components(positive), components(negative)];
  const image = new ImageData(columns, bands);
  for (let column = 0; column < columns; column++) {
    for (let band = 0; band < bands; band++) {
      const value = levels[column * bands + band];
      const at = 4 * ((bands - 1 - band) * columns + column);
      image.data.set(value < 0 ? less : more, at);
      image.data[at + 3] = 255 * Math.min(1, Math.abs(value)) ** gamma;
    }
  }
  const small = document.createElement("canvas");
  [small.width, small.height] = [columns, bands];
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, box.x, box.y, box.width, box.height);
}

/** Draw the heights 0 to 1 of bars over a box. */
export function drawBars(context, box, heights, color) {
  const step = box.width / heights.length;
  context.fillStyle = color;
  heights.forEach((height, i) => {
    const size = Math.max(height * box.height, height > 0 ? 1 : 0);
    context.fillRect(box.x + i * step, box.y + box.height - size, Math.max(1, step - 1.5), size);
  });
}

/** Draw a thin line across a box, at a height from its top. */
export function drawRule(context, box, at) {
  context.fillStyle = colors().rule;
  context.fillRect(box.x, Math.round(box.y + at), box.width, 1);
}

/** Draw a small text. */
export function drawText(context, text, x, y, align = "left") {
  context.font = "11px system-ui, sans-serif";
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  context.fillStyle = colors().soft;
  context.fillText(text, x, y);
}

function components(color) {
  const hex = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).concat(255);
}
