// @ts-check
// The tensor that cube and ledger show: any part can replace the sample with one, and restore the sample.

import { backToSample, giveTensor } from "../../pkg/blue_cube.js";

/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Shows a tensor. If its name is already shown, its values replace those, and the selection stays. The page keeps the last
 * tensors, 64 MiB in all, for Undo; a link holds only the name.
 * @param {Store} store
 * @param {string} name for the reader
 * @param {[n: number, c: number, h: number, w: number]} shape
 * @param {Float32Array} values row-major, as many as the shape says and at most `mostValues()`; copied
 * @param {{ isNew?: boolean, change?: "drag" | "commit", layer?: import("../../pkg/blue_cube.js").SeenLayer, layout?: import("../../pkg/blue_cube.js").Layout }} [how] with `isNew`
 *   another tensor of the name stays, and this one gets its own name; "drag" is for continuous updates, which Undo
 *   skips; `layer` is the norm layer of a lane that the tensor goes into; `layout` what its file's axes are said to be
 */
export function showTensor(store, name, shape, values, how = {}) {
  const { isNew = false, change = "commit", layer, layout = "usual" } = how;
  const [n, c, h, w] = shape,
    { scene } = store;
  const file = giveTensor(name, Uint32Array.from(shape), values, isNew, scene, layer, layout);
  const isThere =
    scene.file === file &&
    scene.layout === layout &&
    [scene.shape.n, scene.shape.c, scene.shape.h, scene.shape.w].every(
      (length, axis) => length === shape[axis],
    );
  store.set(isThere ? {} : { file, layout, shape: { n, c, h, w }, poke: undefined, pins: [0, 0] }, change);
}

/** Shows the sample again, in its previous shape. @param {Store} store */
export const showSample = store => store.set(backToSample(store.scene));
