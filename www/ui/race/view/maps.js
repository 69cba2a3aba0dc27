// @ts-check
// Feature maps as small pictures in rows: more ink, larger value.

import { putAll } from "../../lib/dom.js";
import { fixed } from "../../lib/number_text.js";

/** @typedef {[n: number, c: number, h: number, w: number]} Lengths */

/** Maps per row, and in total at most. */
const IN_ROW = 8,
  MOST = 16;

/** Device pixels between two maps. */
const GAP = 2;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Lengths} shape of which the first image is shown
 * @param {Float32Array} values
 * @returns {string} their range, in words
 */
export function paintMaps(canvas, [, channels, height, width], values) {
  const n = Math.min(channels, MOST),
    columns = Math.min(n, IN_ROW),
    rows = Math.ceil(n / columns),
    own = values.subarray(0, channels * height * width);
  let [least, most] = [Infinity, -Infinity];
  for (const value of own) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  // A single value, or a line of values, is drawn large enough to see.
  const scale = Math.max(1, Math.ceil(24 / Math.max(width, height)));
  const [wide, high] = [width * scale + GAP, height * scale + GAP];
  Object.assign(canvas, { width: columns * wide - GAP, height: rows * high - GAP });
  const brush = canvas.getContext("2d");
  if (!brush) return "";
  const style = getComputedStyle(canvas);
  brush.clearRect(0, 0, canvas.width, canvas.height);
  const [low, full] = [channelsOf(style.backgroundColor), channelsOf(style.color)];
  const picture = brush.createImageData(width, height);
  for (let map = 0; map < n; map++) {
    for (let at = 0; at < width * height; at++) {
      const part = most > least ? (own[map * width * height + at] - least) / (most - least) : 0;
      for (let channel = 0; channel < 3; channel++)
        picture.data[4 * at + channel] = Math.round(low[channel] + part * (full[channel] - low[channel]));
      picture.data[4 * at + 3] = 255;
    }
    put(brush, picture, (map % columns) * wide, Math.floor(map / columns) * high, scale);
  }
  const words = `from ${fixed(least, 2)} to ${fixed(most, 2)}`;
  putAll(canvas, { role: "img", "aria-label": `${n} of ${channels} maps, ${words}` });
  return words;
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {ImageData} picture
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 */
function put(brush, picture, x, y, scale) {
  brush.putImageData(picture, x, y);
  if (scale === 1) return;
  brush.imageSmoothingEnabled = false;
  brush.drawImage(
    brush.canvas,
    x,
    y,
    picture.width,
    picture.height,
    x,
    y,
    picture.width * scale,
    picture.height * scale,
  );
}

/** Red, green and blue of a computed colour, "rgb(1, 2, 3)". @param {string} color */
const channelsOf = color => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
