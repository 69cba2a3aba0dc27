// @ts-check
// Recognizes lanes that repeat a run.

/** @typedef {import("../../../pkg/blue_cube.js").RunSpec} RunSpec */

/**
 * A key shared by runs that are equal except for the seed. The engine is not part of it: it may be left open, and affects the
 * speed of a curve, not its shape. The twin of `RunSpec::is_repeat_of`. A setting that is null in a file is missing in a
 * message.
 * @param {RunSpec} spec
 * @returns {string}
 */
export function repeatKey(spec) {
  const settings = Object.entries({ ...spec, seed: undefined, device: undefined }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return JSON.stringify(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
}
