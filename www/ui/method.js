// @ts-check
// The methods that can be chosen by name, and what each is when it is chosen anew.

/** @typedef {import("../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../pkg/blue_cube.js").Method} Method */
/** @typedef {import("../pkg/blue_cube.js").NormKind} NormKind */
/** @typedef {import("./store.js").Store} Store */

/** A method as the row and the menu name it. @typedef {NormKind | "own"} Choice */

/** Seven answers to one question, in the order of the row. @type {[Choice, string][]} */
export const ROW = [
  ["batch", "Batch"], ["layer", "Layer"], ["instance", "Instance"], ["group", "Group"],
  ["batch-instance", "Batch-instance"], ["switchable", "Switchable"], ["own", "Your own"],
];

/** Methods of the menu that the row has no cube of. @type {[Choice, string][]} */
export const FURTHER = [
  ["none", "No"], ["axes", "A norm over axes"], ["rms", "RMS"], ["ghost-batch", "Ghost batch"], ["sync-batch", "Sync batch"],
];

/** The numbers that a method was last given, which it gets again. @type {Map<Choice, Method>} */
const last = new Map(/** @type {[Choice, Method][]} */ ([
  ["group", { norm: { kind: "group", groups: 2 } }],
  ["axes", { norm: { kind: "axes", axes: ["c"] } }],
  ["rms", { norm: { kind: "rms", axes: ["c", "h", "w"] } }],
  ["ghost-batch", { norm: { kind: "ghost-batch", size: 2 } }],
  ["sync-batch", { norm: { kind: "sync-batch", devices: 2 } }],
  ["own", { own: { images: 2, channels: 2, pixel: false } }],
]));

/** @param {Method} method @returns {Choice} */
export const choiceOf = method => ("own" in method ? "own" : method.norm.kind);

/**
 * The method of a choice, with the numbers it last had.
 * @param {Choice} choice
 * @returns {Method}
 */
export const methodOf = choice =>
  last.get(choice) ?? { norm: /** @type {import("../pkg/blue_cube.js").Norm} */ ({ kind: choice }) };

/** Keeps what each method was last given. @param {Store} store */
export function rememberMethods(store) {
  const keep = () => last.set(choiceOf(store.scene.method), store.scene.method);
  store.on(change => { if (change === "commit" || change === "travel") keep(); });
  keep();
}
