// @ts-check
// The methods that can be chosen by name, and their numbers when chosen again.

import { NORMS } from "./catalog.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/blue_cube.js").Method} Method */
/** @typedef {import("../../pkg/blue_cube.js").NormKind} NormKind */
/** @typedef {import("./store.js").Store} Store */

/** A method's name in the row and the menu. @typedef {NormKind | "own"} Choice */

/** The seven methods of the row, in order. @type {[Choice, string][]} */
export const ROW = [
  ...NORMS.filter(row => row.isInRow).map(
    ({ kind, title }) => /** @type {[Choice, string]} */ ([kind, title]),
  ),
  ["own", "Your own"],
];

/** The names in the menu, those of the row first. @type {[string, [Choice, string][]][]} */
export const MENU = [
  ["In the figure", [...named(true), ["own", "Your own"]]],
  ["Others", named(false)],
];

/** @param {boolean} isInRow @returns {[Choice, string][]} */
function named(isInRow) {
  return NORMS.filter(row => row.isInRow === isInRow).map(({ kind, name }) => [kind, name]);
}

/** The last numbers of each method, which it gets again. @type {Map<Choice, Method>} */
const last = new Map(
  /** @type {[Choice, Method][]} */ ([
    ...NORMS.map(({ kind, first }) => [kind, { norm: first }]),
    ["own", { own: { images: 2, channels: 2, pixel: false } }],
  ]),
);

/** @param {Method} method @returns {Choice} */
export const choiceOf = method => ("own" in method ? "own" : method.norm.kind);

/**
 * The method of a choice, with the numbers it last had.
 * @param {Choice} choice
 * @returns {Method}
 */
export const methodOf = choice => /** @type {Method} */ (last.get(choice));

/** Remembers the last numbers of each method. @param {Store} store */
export function rememberMethods(store) {
  const keep = () => last.set(choiceOf(store.scene.method), store.scene.method);
  store.on(change => {
    if (change === "commit" || change === "travel") keep();
  });
  keep();
}
