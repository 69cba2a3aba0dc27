// @ts-check
// A race as JSON: each lane's settings, results and device. file_read.js reads it. Independent of the page's elements.

import { FORMAT, VERSION } from "./file_read.js";

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./race.js").Race} Race */

/** Numbers per chunk: writing one takes a few milliseconds. */
const CHUNK = 8192;

/** Fields of a lane that are written unchanged. */
const PLAIN = /** @type {const} */ ([
  "name",
  "spec",
  "device",
  "facts",
  "startHash",
  "norms",
  "fork",
  "millisAStep",
  "failure",
]);

/**
 * The file in chunks of text, so that the page stays responsive.
 * @param {Pick<Race, "course" | "epochImages" | "goalImages" | "common" | "lanes">} race
 * @param {string} link to the page's current state
 * @param {string} made the time, as ISO 8601
 * @returns {Generator<string>}
 */
export function* raceJson(race, link, made) {
  const { course, epochImages, goalImages, common } = race;
  const head = {
    format: FORMAT,
    version: VERSION,
    made,
    link,
    course,
    epochImages,
    goalImages: Number.isFinite(goalImages) ? goalImages : null,
    common: [...common].map(change => JSON.parse(change)),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"lanes":[`;
  for (const [at, lane] of race.lanes.entries()) {
    const { history } = lane;
    const plain = {
      id: lane.id,
      ...Object.fromEntries(PLAIN.map(name => [name, lane[name]])),
      orderHash: lane.report?.orderHash ?? "",
    };
    yield `${at ? "," : ""}\n${JSON.stringify(plain).slice(0, -1)},"batches":${JSON.stringify(runs(history.images.values))},"losses":[`;
    yield* numbers(history.losses.values);
    yield `],"accuracies":[`;
    yield* numbers(history.accuracies.values);
    yield `],"judgements":${JSON.stringify(history.judgements, short)},"marks":${JSON.stringify(history.marks)}}`;
  }
  yield "\n]}\n";
}

/** @param {Float32Array} values @returns {Generator<string>} */
function* numbers(values) {
  for (let start = 0; start < values.length; start += CHUNK) {
    const part = Array.from(values.subarray(start, start + CHUNK), value => JSON.stringify(short("", value)));
    yield (start ? "," : "") + part.join(",");
  }
}

/** A number in nine digits, which identify every f32; non-finite ones, which JSON lacks, as strings. @param {string} _ @param {any} value */
function short(_, value) {
  if (typeof value !== "number") return value;
  return Number.isFinite(value) ? Number(value.toPrecision(9)) : String(value);
}

/** The images of each step, run-length encoded. @param {Float32Array} totals @returns {[steps: number, images: number][]} */
function runs(totals) {
  /** @type {[number, number][]} */
  const found = [];
  totals.forEach((total, at) => {
    const images = total - (at ? totals[at - 1] : 0),
      last = found.at(-1);
    if (last?.[1] === images) last[0] += 1;
    else found.push([1, images]);
  });
  return found;
}
