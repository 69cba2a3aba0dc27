// @ts-check
// Limits how far lanes may run ahead of the slowest.

/** @typedef {import("./lane.js").Lane} Lane */

/** Milliseconds of work that a lane may be ahead of the slowest on another worker. */
const AHEAD_MILLIS = 500;

/** Images that lanes may be ahead of the slowest before its pace is known. */
const FIRST_AHEAD = 64;

/** Images that the slowest lane has trained on. @param {Lane[]} lanes */
export const least = lanes => Math.min(...lanes.map(lane => lane.history.nImages));

/** Images that each lane may have trained on by now. @param {Lane[]} lanes @param {number} goalImages */
export function untilImages(lanes, goalImages) {
  const pace = (/** @type {Lane} */ lane) =>
    lane.millisAStep > 0 ? (AHEAD_MILLIS / lane.millisAStep) * lane.spec.batch : 0;
  const ahead = Math.max(FIRST_AHEAD * Math.max(...lanes.map(lane => lane.spec.batch)), ...lanes.map(pace));
  return Math.ceil(Math.min(goalImages, least(lanes) + ahead));
}
