// @ts-check
// How long a race will still take, by what its steps and judgements took.

import { going } from "./lane.js";

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./race.js").Race} Race */

/** Test images of either set: what a lane is judged on after each epoch. */
const TEST_IMAGES = 10_000;

/**
 * Seconds to the goal; undefined before every lane has done a step. A lane that was not judged yet is taken to be judged as
 * the others are on average; judging is left out before any was.
 * @param {Pick<Race, "lanes" | "course" | "epochImages" | "goalImages">} race
 */
export function secondsLeft(race) {
  const { course, epochImages, goalImages } = race,
    lanes = going(race),
    left = new Map();
  if (!Number.isFinite(goalImages) || !lanes.length || lanes.some(lane => !lane.millisAStep))
    return undefined;
  const judged = lanes.flatMap(({ millisAJudged }) => millisAJudged || []),
    mean = judged.reduce((sum, millis) => sum + millis, 0) / (judged.length || 1);
  const judgedAnEpoch = course
    ? TEST_IMAGES + Math.floor(epochImages / course.judgeEvery) * course.judgeImages
    : 0;
  for (const { workerIdx, millisAStep, millisAJudged, spec, history } of lanes) {
    const images = Math.max(0, goalImages - history.nImages),
      epochs = epochImages ? images / epochImages : 0;
    const millis = (millisAStep * images) / spec.batch + (millisAJudged || mean) * judgedAnEpoch * epochs;
    left.set(workerIdx, (left.get(workerIdx) ?? 0) + millis);
  }
  return Math.max(...left.values()) / 1000;
}
