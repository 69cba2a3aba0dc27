// @ts-check
// What each method is good for and where it fails, in two sentences, and its paper.

import { nounOf } from "../lib/axis_words.js";
import { NORMS } from "../lib/catalog.js";

/** @typedef {import("../lib/method.js").Choice} Choice */
/** @typedef {import("../../pkg/blue_cube.js").Layout} Layout */

/** Of the reader's own tile. @param {Layout} layout */
const ownWords = layout =>
  `Drag the handles: the height is how many ${nounOf(layout, "n")}s share a mean, the width how many ${nounOf(layout, "c")}s. The named methods are some of these rectangles.`;

/** @param {Choice} choice */
const rowOf = choice => NORMS.find(({ kind }) => kind === choice);

/** @param {Choice} choice @param {Layout} layout */
export const worthOf = (choice, layout) => rowOf(choice)?.worth ?? ownWords(layout);

/** @param {Choice} choice */
export const paperOf = choice => rowOf(choice)?.paper ?? "";
