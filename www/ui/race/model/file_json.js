// @ts-check
// A race as JSON and back: each lane's settings, results and device. Independent of the page's elements.
// A file may come from anyone, so each part is validated before use. That is done here rather than with serde in the wasm, which
// was measured (gzip; a file of 2 million numbers, 333 ms here): serde-wasm-bindgen adds 19.5 kB and takes 767 ms, serde_json
// adds 35.5 kB and takes 218 ms, and serde_path_to_error, which names the place of an error, adds 11 or 15 kB to these.

import { messageOf } from "../../lib/format.js";
import { History } from "./history.js";
import { DEVICES } from "./names.js";

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("./history.js").Judgement} Judgement */
/** @typedef {import("../../../pkg/blue_cube.js").Course} Course */
/** @typedef {import("../../../pkg/blue_cube.js").Evaluation} Evaluation */

/** The file's format and layout version. */
const FORMAT = "blue-cube race",
  VERSION = 1;

/** Numbers per chunk: writing one takes a few milliseconds. */
const CHUNK = 8192;

/** The most lanes and steps in a file: more than twice the lanes that a worker accepts, and 64 MB of numbers per lane. */
const MOST_IN_FILE = { lanes: 64, steps: 2 ** 24 };

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

/** Fields of a lane's facts and of its norms' weights. */
const FACTS = ["nParameters", "nStatistics", "stateBytes", "memoryBytes"],
  WEIGHTS = ["gamma", "beta", "rho", "mix"];

/** Devices, and changes given by a number. */
const DEVICE_KINDS = Object.keys(DEVICES),
  CHANGES = ["learning-rate", "batch", "epsilon", "momentum"];

/**
 * A race that was read.
 * @typedef {object} ReadRace
 * @property {Course} course
 * @property {number} epochImages
 * @property {number} goalImages
 * @property {string} link of its page
 * @property {(Pick<Lane, typeof PLAIN[number]> & { history: History, orderHash: string, id: number })[]} lanes
 */

/**
 * The file in chunks of text, so that the page stays responsive.
 * @param {Pick<Race, "course" | "epochImages" | "goalImages" | "lanes">} race
 * @param {string} link to the page's current state
 * @param {string} made the time, as ISO 8601
 * @returns {Generator<string>}
 */
export function* raceJson(race, link, made) {
  const { course, epochImages, goalImages } = race;
  const head = {
    format: FORMAT,
    version: VERSION,
    made,
    link,
    course,
    epochImages,
    goalImages: Number.isFinite(goalImages) ? goalImages : null,
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

/**
 * Reads the text of a file.
 * @param {string} text
 * @returns {ReadRace} throws an error that says what is wrong
 */
export function readRace(text) {
  const file = parsed(text);
  if (!isObject(file) || file.format !== FORMAT) throw new Error("it is JSON, but not a race from this page");
  if (file.version !== VERSION)
    throw new Error(`its layout is version ${file.version}, but this page reads version ${VERSION}`);
  const { course } = file;
  need(
    isObject(course) &&
      typeof course.data === "string" &&
      "trainOn" in course &&
      isCount(course.judgeEvery) &&
      isCount(course.judgeImages),
    "course",
  );
  need(isCount(file.epochImages), "epochImages");
  need(Array.isArray(file.lanes), "lanes");
  if (file.lanes.length > MOST_IN_FILE.lanes)
    throw new Error(`it has ${file.lanes.length} lanes; the limit is ${MOST_IN_FILE.lanes}`);
  return {
    course: /** @type {Course} */ (course),
    epochImages: file.epochImages,
    goalImages: isCount(file.goalImages) ? file.goalImages : Infinity,
    link: typeof file.link === "string" ? file.link : "",
    lanes: file.lanes.map(readLane),
  };
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON: ${messageOf(error)}`);
  }
}

/** @param {any} lane @param {number} at */
function readLane(lane, at) {
  const where = `lanes[${at}]`;
  need(
    isObject(lane) && typeof lane.name === "string" && isObject(lane.spec) && isObject(lane.spec.norm),
    where,
  );
  need(
    isCount(lane.spec.batch) &&
      lane.spec.batch > 0 &&
      isCount(lane.spec.seed) &&
      typeof lane.spec.norm.kind === "string",
    `${where}.spec`,
  );
  need(
    Array.isArray(lane.norms) &&
      lane.norms.every(
        (/** @type {unknown} */ shape) => Array.isArray(shape) && shape.length === 4 && shape.every(isCount),
      ),
    `${where}.norms`,
  );
  need(isDevice(lane.device ?? undefined), `${where}.device`);
  need(isFailure(lane.failure ?? undefined), `${where}.failure`);
  need(!lane.facts || FACTS.every(name => isCount(lane.facts[name])), `${where}.facts`);
  const history = new History();
  const losses = readSeries(lane.losses, `${where}.losses`),
    accuracies = readSeries(lane.accuracies, `${where}.accuracies`);
  const images = readBatches(lane.batches, `${where}.batches`);
  if (accuracies.length !== losses.length || images.length !== losses.length) {
    throw new Error(
      `${where} has ${losses.length} losses, ${accuracies.length} accuracies and batches for ${images.length} steps`,
    );
  }
  history.losses.push(losses);
  history.accuracies.push(accuracies);
  history.images.push(images);
  need(Array.isArray(lane.judgements), `${where}.judgements`);
  history.judgements = lane.judgements.map((/** @type {unknown} */ judgement, /** @type {number} */ i) =>
    readJudgement(judgement, `${where}.judgements[${i}]`),
  );
  need(Array.isArray(lane.marks), `${where}.marks`);
  lane.marks.forEach((/** @type {any} */ mark, /** @type {number} */ i) => {
    need(
      isObject(mark) && isCount(mark.step) && mark.step <= losses.length && isChange(mark.change),
      `${where}.marks[${i}]`,
    );
  });
  history.marks = lane.marks;
  const plain = /** @type {Pick<Lane, typeof PLAIN[number]>} */ (
    Object.fromEntries(PLAIN.map(name => [name, lane[name] ?? undefined]))
  );
  return {
    ...plain,
    millisAStep: Number(lane.millisAStep) || 0,
    startHash: String(lane.startHash ?? ""),
    orderHash: String(lane.orderHash ?? ""),
    id: Number(lane.id) || 0,
    history,
  };
}

/** @param {unknown} judgement @param {string} where @returns {Judgement} */
function readJudgement(judgement, where) {
  need(
    isObject(judgement) &&
      isCount(judgement.step) &&
      isCount(judgement.nImages) &&
      Array.isArray(judgement.norms),
    where,
  );
  const { step, nImages, judged, byBatch, norms } = judgement;
  return {
    step,
    nImages,
    judged: readEvaluation(judged, `${where}.judged`),
    byBatch: byBatch ? readEvaluation(byBatch, `${where}.byBatch`) : undefined,
    norms: norms.map((/** @type {unknown} */ weights, /** @type {number} */ i) =>
      readWeights(weights, `${where}.norms[${i}]`),
    ),
  };
}

/** The weights of a network that has diverged are NaN. @param {unknown} weights @param {string} where */
function readWeights(weights, where) {
  need(isObject(weights), where);
  const all = WEIGHTS.map(name => {
    need(Array.isArray(weights[name]), `${where}.${name}`);
    return [
      name,
      weights[name].map((/** @type {unknown} */ item, /** @type {number} */ at) =>
        value(item, `${where}.${name}[${at}]`),
      ),
    ];
  });
  return /** @type {import("./history.js").NormWeights} */ (Object.fromEntries(all));
}

/** @param {unknown} change */
function isChange(change) {
  if (!isObject(change)) return false;
  const [[name, to] = ["", 0], ...more] = Object.entries(change);
  return (
    !more.length &&
    (name === "norm"
      ? isObject(to) && typeof to.kind === "string"
      : CHANGES.includes(name) && typeof to === "number")
  );
}

/** @param {unknown} device */
function isDevice(device) {
  if (device === undefined) return true;
  if (!isObject(device) || !DEVICE_KINDS.includes(device.kind) || typeof device.name !== "string")
    return false;
  return (
    !device.trial ||
    (typeof device.trial.cpuMillis === "number" && typeof device.trial.gpuMillis === "number")
  );
}

/** Why a lane had ended. @param {unknown} failure */
const isFailure = failure =>
  failure === undefined ||
  (isObject(failure) && ["code", "message", "hint"].every(name => typeof failure[name] === "string"));

/** @param {unknown} evaluation @param {string} where @returns {Evaluation} */
function readEvaluation(evaluation, where) {
  need(
    isObject(evaluation) &&
      isCount(evaluation.step) &&
      isCount(evaluation.epoch) &&
      isCount(evaluation.nImages),
    where,
  );
  return {
    .../** @type {any} */ (evaluation),
    loss: value(evaluation.loss, `${where}.loss`),
    accuracy: value(evaluation.accuracy, `${where}.accuracy`),
  };
}

/** @param {unknown} series @param {string} where */
function readSeries(series, where) {
  if (!Array.isArray(series)) throw missing(where);
  if (series.length > MOST_IN_FILE.steps)
    throw new Error(`${where} has ${series.length} steps; the limit is ${MOST_IN_FILE.steps}`);
  return Float32Array.from(series, (item, at) => value(item, `${where}[${at}]`));
}

/** The images after each step. @param {unknown} batches @param {string} where */
function readBatches(batches, where) {
  need(
    Array.isArray(batches) &&
      batches.every(run => Array.isArray(run) && run.length === 2 && run.every(isCount)),
    where,
  );
  const steps = batches.reduce(
    (/** @type {number} */ sum, /** @type {[number, number]} */ [n]) => sum + n,
    0,
  );
  if (steps > MOST_IN_FILE.steps)
    throw new Error(`${where} has ${steps} steps; the limit is ${MOST_IN_FILE.steps}`);
  const totals = new Float32Array(steps);
  let at = 0,
    total = 0;
  for (const [n, images] of batches) {
    for (let i = 0; i < n; i++) totals[at++] = total += images;
  }
  return totals;
}

/** @param {unknown} item @param {string} where @returns {number} */
function value(item, where) {
  if (typeof item === "number") return item;
  if (item === "NaN" || item === "Infinity" || item === "-Infinity") return Number(item);
  throw new Error(`${where} is ${JSON.stringify(item) ?? "missing"}, where a number is expected`);
}

/** @param {unknown} item @returns {item is number} */
const isCount = item => Number.isInteger(item) && Number(item) >= 0 && Number(item) < 2 ** 32;

/** @param {unknown} item @returns {item is Record<string, any>} */
const isObject = item => typeof item === "object" && item !== null && !Array.isArray(item);

/** @param {string} where */
const missing = where => new Error(`its “${where}” is missing or invalid`);

/** @param {unknown} holds @param {string} where @returns {asserts holds} */
function need(holds, where) {
  if (!holds) throw missing(where);
}
