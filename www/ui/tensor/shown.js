// @ts-check
// The tensor that cube and ledger show: any part can put one in the sample's place, and the sample back.

import { backToSample, giveTensor } from "../../pkg/blue_cube.js";

/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Shows a tensor. Under a name that is shown already its values take the place of those, and what is selected stays. The
 * page keeps the last tensors, 64 MiB in all, for Undo; a link holds the name only.
 * @param {Store} store
 * @param {string} name for the reader
 * @param {[n: number, c: number, h: number, w: number]} shape
 * @param {Float32Array} values row-major, as many as the shape says and `mostValues()` at most; copied
 * @param {{ isNew?: boolean, change?: "drag" | "commit", layer?: import("../../pkg/blue_cube.js").SeenLayer }} [how] with `isNew`
 *   another tensor of the name stays, and this one gets a name of its own; "drag" for values that come on and on, which Undo
 *   shall not walk through; `layer` is the norm layer of a lane that the tensor goes into
 */
export function showTensor(store, name, shape, values, { isNew = false, change = "commit", layer } = {}) {
  const [n, c, h, w] = shape,
    { scene } = store;
  const file = giveTensor(name, Uint32Array.from(shape), values, isNew, scene, layer);
  const isThere =
    scene.file === file &&
    [scene.shape.n, scene.shape.c, scene.shape.h, scene.shape.w].every(
      (length, axis) => length === shape[axis],
    );
  store.set(isThere ? {} : { file, shape: { n, c, h, w }, poke: undefined, pins: [0, 0] }, change);
}

/** Shows the sample again, in the shape that it had. @param {Store} store */
export const showSample = store => store.set(backToSample(store.scene));
