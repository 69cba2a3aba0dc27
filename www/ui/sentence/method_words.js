// @ts-check
// What each method is good for and where it fails, in two sentences, and its paper.

import { NORMS } from "../lib/catalog.js";

/** @typedef {import("../lib/method.js").Choice} Choice */

const OWN =
  "Drag the handles: the height is how many images share a mean, the width how many channels. The named methods are some of these rectangles.";

/** @param {Choice} choice */
const rowOf = choice => NORMS.find(({ kind }) => kind === choice);

/** @param {Choice} choice */
export const worthOf = choice => rowOf(choice)?.worth ?? OWN;

/** @param {Choice} choice */
export const paperOf = choice => rowOf(choice)?.paper ?? "";
