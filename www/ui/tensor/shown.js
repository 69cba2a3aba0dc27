// @ts-check
// The tensor that cube and ledger show: any part can replace the sample with one, and restore the sample.

import { backToSample, GivenTensor } from "../../pkg/blue_cube.js";
import { Slices } from "../lib/slices.js";

/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {[n: number, c: number, h: number, w: number]} Lengths */

/**
 * With `isNew` another tensor of the name stays, and this one gets its own name; "drag" is for continuous updates, which Undo
 * skips; `layer` is the norm layer of a lane that the tensor goes into; `layout` what its file's axes are said to be.
 * @typedef {{ isNew?: boolean, change?: "drag" | "commit", layer?: import("../../pkg/blue_cube.js").SeenLayer, layout?: import("../../pkg/blue_cube.js").Layout }} How
 */

/** Values that are copied between two looks at the clock. */
const PART_VALUES = 2 ** 18;

/**
 * Shows a tensor. If its name is already shown, its values replace those, and the selection stays. The page keeps the last
 * tensors, 64 MiB in all, for Undo; a link holds only the name.
 * @param {Store} store
 * @param {string} name for the reader
 * @param {Lengths} shape
 * @param {Float32Array} values row-major, as many as the shape says and at most `mostValues()`; copied
 * @param {How} [how]
 * @returns {string} the name that it got
 */
export function showTensor(store, name, shape, values, how) {
  const given = new GivenTensor(Uint32Array.from(shape));
  given.add(values);
  return show(store, given, name, shape, how);
}

/**
 * The same of a tensor that may be large: the page answers while it is copied.
 * @param {Store} store
 * @param {string} name
 * @param {Lengths} shape
 * @param {Float32Array} values
 * @param {How} how
 * @param {() => boolean} isStopped
 * @returns {Promise<string | null>} null if it was stopped
 */
export async function showTensorInParts(store, name, shape, values, how, isStopped) {
  const given = new GivenTensor(Uint32Array.from(shape)),
    slices = new Slices();
  for (let from = 0; from < values.length; from += PART_VALUES) {
    given.add(values.subarray(from, from + PART_VALUES));
    await slices.next();
    if (!isStopped()) continue;
    given.free();
    return null;
  }
  return show(store, given, name, shape, how);
}

/**
 * @param {Store} store
 * @param {GivenTensor} given
 * @param {string} name
 * @param {Lengths} shape
 * @param {How} [how]
 */
function show(store, given, name, shape, { isNew = false, change = "commit", layer, layout = "usual" } = {}) {
  const [n, c, h, w] = shape,
    { chosen } = store,
    file = given.give(name, isNew, store.scene, layer, layout);
  const isThere =
    chosen.file === file &&
    chosen.layout === layout &&
    [chosen.shape.n, chosen.shape.c, chosen.shape.h, chosen.shape.w].every(
      (length, axis) => length === shape[axis],
    );
  store.set(isThere ? {} : { file, layout, shape: { n, c, h, w }, poke: undefined, pins: [0, 0] }, change);
  return file;
}

/** Shows the sample again, in its previous shape. @param {Store} store */
export const showSample = store => store.set(backToSample(store.scene));
