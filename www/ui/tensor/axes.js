// @ts-check
// What the axes of an array in a file can mean, and its values in the page's order, N×C×H×W.

import { Slices } from "../lib/slices.js";

/** @typedef {import("../../pkg/blue_cube.js").Dialect} Dialect */
/** @typedef {import("../../pkg/blue_cube.js").Layout} Layout */
/** @typedef {import("./shown.js").Lengths} Lengths */

/** Values that are moved between two looks at the clock. */
const LOOK_VALUES = 2 ** 14;

/**
 * What the axes of an array can be.
 * @typedef {object} Reading
 * @property {Layout} layout its name in links
 * @property {string[]} axes their letters, in the array's order; L is a place in a sequence
 * @property {string} label in the menu
 */

/** How arrays are read, by the number of their axes, if nothing is said; IDX files, such as MNIST's, count items first. */
const USUAL = { npy: ["W", "H, W", "C, H, W", "N, C, H, W"], idx: ["W", "N, W", "N, H, W", "N, C, H, W"] };

/** What can be said of them. */
const SAID = [
  ["W", "C"],
  ["N, C", "C, L", "H, W", "N, W"],
  ["C, H, W", "H, W, C", "N, H, W", "N, L, C", "N, C, L"],
  ["N, C, H, W", "N, H, W, C"],
];

/** The frameworks whose channels are the last axis. @type {Dialect[]} */
const CHANNELS_LAST = ["keras", "keras2", "tfa", "jax", "nnx"];

/** How they read images. @type {Layout[]} */
const THEIRS = ["nhwc", "hwc"];

/**
 * What the axes of an array can be, the likeliest first: as its kind of file has them, or in a framework whose channels
 * are last, as that has them.
 * @param {{ shape: number[], format: string }} array with 1 to 4 axes
 * @param {Dialect} [dialect]
 * @returns {Reading[]}
 */
export function readingsOf({ shape, format }, dialect = "pytorch") {
  const at = shape.length - 1,
    usual = USUAL[format === "idx" ? "idx" : "npy"][at];
  const said = SAID[at].flatMap(axes => {
    // Of four axes it makes a difference: what is not said, every framework counts in its own order.
    if (axes === usual && at < 3) return [];
    return [reading(layoutOf(axes), axes, axes === usual ? `${axes} in every framework` : axes)];
  });
  const all = [reading("usual", usual, usual), ...said];
  const isTheirs = (/** @type {Reading} */ { layout }) => THEIRS.includes(layout);
  if (format === "idx" || !CHANNELS_LAST.includes(dialect)) return all;
  return [...all.filter(isTheirs), ...all.filter(reading => !isTheirs(reading))];
}

/** @param {Layout} layout @param {string} axes @param {string} label @returns {Reading} */
const reading = (layout, axes, label) => ({ layout, axes: axes.split(", "), label });

/** @param {string} axes */
const layoutOf = axes => /** @type {Layout} */ (axes.replaceAll(", ", "").toLowerCase());

/**
 * The lengths N, C, H, W of an array with these axes; axes that it lacks have length 1, and L is W.
 * @param {number[]} shape
 * @param {string[]} axes
 * @returns {Lengths}
 */
export function lengthsOf(shape, axes) {
  const [n, c, h, w] = ["N", "C", "H", "W"].map(
    axis => shape[axes.findIndex(letter => axis === (letter === "L" ? "W" : letter))] ?? 1,
  );
  return [n, c, h, w];
}

/**
 * The values of an array in the order N×C×H×W. Large arrays take a while, in which the page goes on.
 * @param {Float32Array} values row-major in the order of `axes`
 * @param {number[]} shape
 * @param {string[]} axes
 * @returns {Promise<Float32Array>} the same array if nothing moves
 */
export async function inOrder(values, shape, axes) {
  const [n, c] = lengthsOf(shape, axes),
    at = axes.indexOf("C");
  // The other axes are always in our order: only the channels can be last, after the places of an image.
  if (at < 0 || at < axes.length - 1 || c === values.length / n) return values;
  const places = values.length / n / c,
    moved = new Float32Array(values.length);
  const slices = new Slices();
  for (let from = 0, since = 0; from < values.length; from += c, since += c) {
    if (since >= LOOK_VALUES) {
      await slices.next();
      since = 0;
    }
    const row = from / c,
      image = Math.floor(row / places),
      to = image * c * places + (row % places);
    for (let channel = 0; channel < c; channel++) moved[to + channel * places] = values[from + channel];
  }
  return moved;
}
