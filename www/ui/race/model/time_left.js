// @ts-check
// Estimates the time left in a race from its steps and evaluations so far.

import { TEST_IMAGES } from "./choices.js";
import { going } from "./lane.js";

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./race.js").Race} Race */

/**
 * Seconds to the goal, with an evaluation on all test images after each epoch; undefined before every lane has done a step. A lane that has not been evaluated yet is assumed to take
 * the others' average; evaluation is left out before the first one.
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
