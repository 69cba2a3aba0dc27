// @ts-check
// Two sentences on what each method is good for and where it fails, and its paper.

import { NORMS } from "../lib/catalog.js";

/** @typedef {import("../lib/method.js").Choice} Choice */

const OWN =
  "Drag the handles: height is how many images share a mean, width how many channels. Some rectangles have names; that is all there is to the names.";

/** @param {Choice} choice */
const rowOf = choice => NORMS.find(({ kind }) => kind === choice);

/** @param {Choice} choice */
export const worthOf = choice => rowOf(choice)?.worth ?? OWN;

/** @param {Choice} choice */
export const paperOf = choice => rowOf(choice)?.paper ?? "";
