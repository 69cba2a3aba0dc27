// @ts-check
// Recognizes lanes that repeat a run.

import { FREE_IN_REPEATS } from "./choices.js";

/** @typedef {import("../../../pkg/blue_cube.js").RunSpec} RunSpec */

/**
 * A key shared by runs of which one is a repetition of the other. A setting that is null in a file is missing in a message.
 * @param {RunSpec} spec
 * @returns {string}
 */
export function repeatKey(spec) {
  const settings = Object.entries(spec).filter(
    ([name, value]) => !FREE_IN_REPEATS.includes(name) && value !== undefined && value !== null,
  );
  return JSON.stringify(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
}
