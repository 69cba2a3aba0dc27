// @ts-check
// Which lanes are one run over again.

/** @typedef {import("../../../pkg/blue_cube.js").RunSpec} RunSpec */

/**
 * A key that runs have in common if they are the same but for the seed. The engine is no part of it: it may be left open, and
 * decides how fast a curve is drawn and not which. The twin of `RunSpec::is_repeat_of`. A setting that is null in a file is
 * missing in a message.
 * @param {RunSpec} spec
 * @returns {string}
 */
export function repeatKey(spec) {
  const settings = Object.entries({ ...spec, seed: undefined, device: undefined }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return JSON.stringify(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
}
