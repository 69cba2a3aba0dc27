// @ts-check
// How far the lanes of a race may go, so that none is far ahead of the slowest.

/** @typedef {import("./lane.js").Lane} Lane */

/** A lane may be so many milliseconds of work ahead of the slowest on another worker. */
const AHEAD_MILLIS = 500;

/** Images beyond the slowest lane that no lane trains on before it has caught up, before its pace is known. */
const FIRST_AHEAD = 64;

/** Images that the lane behind has trained on. @param {Lane[]} lanes */
export const least = lanes => Math.min(...lanes.map(lane => lane.history.nImages));

/** Images that each lane may train on by now. @param {Lane[]} lanes @param {number} goalImages */
export function untilImages(lanes, goalImages) {
  const pace = (/** @type {Lane} */ lane) =>
    lane.millisAStep > 0 ? (AHEAD_MILLIS / lane.millisAStep) * lane.spec.batch : 0;
  const ahead = Math.max(FIRST_AHEAD * Math.max(...lanes.map(lane => lane.spec.batch)), ...lanes.map(pace));
  return Math.ceil(Math.min(goalImages, least(lanes) + ahead));
}
