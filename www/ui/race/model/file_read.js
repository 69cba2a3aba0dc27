// @ts-check
// Reads a race from JSON. A file may come from anyone, so each part is checked before use, and the first that is wrong is named.
// That is done here rather than with serde in the wasm, which was measured (gzip; a file of 2 million numbers, 333 ms here):
// serde-wasm-bindgen adds 19.5 kB and takes 767 ms, serde_json adds 35.5 kB and takes 218 ms, and serde_path_to_error, which
// names the place of an error, adds 11 or 15 kB to these.

import { AXES, NORMS } from "../../lib/catalog.js";
import { messageOf } from "../../lib/format.js";
import { isCount, isObject, isText, missing, need } from "./checks.js";
import { DATA, ENGINES, NETS, OPTIMIZERS } from "./choices.js";
import { History } from "./history.js";
import { DEVICES } from "./names.js";

/** @import { Change, Course, DeviceInfo, Evaluation, Failure, RunFacts, RunSpec } from "../../../pkg/blue_cube.js" */
/** @import { Judgement, NormWeights } from "./history.js" */

/** The file's format and layout version. */
export const FORMAT = "blue-cube race",
  VERSION = 1;

/** The most lanes and steps in a file: as many lanes as a race can have, and 64 MB of numbers per lane. */
const MOST_LANES = 64,
  MOST_STEPS = 2 ** 24;

/** The most letters in a name, images in a batch, values of a norm's parameter, and images in a data set. */
const MOST_NAME = 1000,
  MOST_BATCH = 512,
  MOST_WEIGHTS = 2 ** 16,
  MOST_IMAGES = 2 ** 32;

/** Fields of a lane's facts and of its norms' weights. */
const FACTS = ["nParameters", "nStatistics", "stateBytes", "memoryBytes"],
  WEIGHTS = ["gamma", "beta", "rho", "mix"];

/**
 * A lane that was read.
 * @typedef {object} ReadLane
 * @property {number} id
 * @property {string} name
 * @property {RunSpec} spec
 * @property {DeviceInfo | undefined} device
 * @property {RunFacts | undefined} facts
 * @property {Failure | undefined} failure why it had ended
 * @property {string} startHash
 * @property {string} orderHash
 * @property {[number, number, number, number][]} norms
 * @property {{ from: number, step: number } | undefined} fork
 * @property {number} millisAStep
 * @property {History} history
 */

/**
 * A race that was read.
 * @typedef {object} ReadRace
 * @property {Course} course
 * @property {number} epochImages
 * @property {number} goalImages
 * @property {string} link of its page
 * @property {string[]} common changes of all lanes, as JSON
 * @property {ReadLane[]} lanes
 */

/**
 * Reads the text of a file.
 * @param {string} text
 * @returns {ReadRace} throws an error that says what is wrong
 */
export function readRace(text) {
  const file = parsed(text);
  if (!isObject(file) || file.format !== FORMAT) throw new Error("it is JSON, but not a race from this page");
  if (file.version !== VERSION)
    throw new Error(`its layout is version ${shown(file.version)}, but this page reads version ${VERSION}`);
  const { course, lanes, common = [], link = "" } = file;
  need(isCourse(course), "course");
  need(isCount(file.epochImages) && file.epochImages < MOST_IMAGES, "epochImages");
  need(file.goalImages == null || isCount(file.goalImages), "goalImages");
  need(typeof link === "string", "link");
  need(Array.isArray(common) && common.every(isChange), "common");
  need(Array.isArray(lanes), "lanes");
  if (lanes.length > MOST_LANES) throw new Error(`it has ${lanes.length} lanes; the limit is ${MOST_LANES}`);
  return {
    course,
    epochImages: file.epochImages,
    goalImages: file.goalImages ?? Infinity,
    link,
    common: common.map(change => JSON.stringify(change)),
    lanes: lanes.map(readLane),
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

/** @param {any} lane @param {number} at @returns {ReadLane} */
function readLane(lane, at) {
  const where = `lanes[${at}]`;
  need(isObject(lane), where);
  const {
    spec,
    norms,
    device,
    facts,
    failure,
    fork,
    startHash = "",
    orderHash = "",
    millisAStep = 0,
    id = 0,
  } = lane;
  need(isText(lane.name, MOST_NAME), `${where}.name`);
  need(isSpec(spec), `${where}.spec`);
  need(
    Array.isArray(norms) &&
      norms.every(shape => Array.isArray(shape) && shape.length === 4 && shape.every(isCount)),
    `${where}.norms`,
  );
  need(isDevice(device ?? undefined), `${where}.device`);
  need(facts == null || (isObject(facts) && FACTS.every(name => isCount(facts[name]))), `${where}.facts`);
  need(isFailure(failure ?? undefined), `${where}.failure`);
  need(isText(startHash, MOST_NAME), `${where}.startHash`);
  need(isText(orderHash, MOST_NAME), `${where}.orderHash`);
  need(isSize(millisAStep), `${where}.millisAStep`);
  need(isCount(id), `${where}.id`);
  const history = readHistory(lane, where);
  need(
    fork == null || (isObject(fork) && isCount(fork.from) && isCount(fork.step) && fork.step <= history.step),
    `${where}.fork`,
  );
  return {
    id,
    name: lane.name,
    spec,
    device: device ?? undefined,
    facts: facts ?? undefined,
    failure: failure ?? undefined,
    startHash,
    orderHash,
    norms: /** @type {ReadLane["norms"]} */ (norms),
    fork: fork == null ? undefined : { from: fork.from, step: fork.step },
    millisAStep,
    history,
  };
}

/** @param {Record<string, any>} lane @param {string} where */
function readHistory(lane, where) {
  const history = new History(),
    losses = readSeries(lane.losses, readLoss, `${where}.losses`),
    accuracies = readSeries(lane.accuracies, readAccuracy, `${where}.accuracies`),
    images = readBatches(lane.batches, `${where}.batches`);
  if (accuracies.length !== losses.length || images.length !== losses.length) {
    throw new Error(
      `${where} has ${losses.length} losses, ${accuracies.length} accuracies and batches for ${images.length} steps`,
    );
  }
  history.losses.push(losses);
  history.accuracies.push(accuracies);
  history.images.push(images);
  const { judgements, marks } = lane;
  need(Array.isArray(judgements), `${where}.judgements`);
  history.judgements = judgements.map((judgement, at) => {
    const before = at ? judgements[at - 1].step : 0;
    return readJudgement(judgement, before, losses.length, `${where}.judgements[${at}]`);
  });
  need(Array.isArray(marks), `${where}.marks`);
  history.marks = marks.map((mark, at) => {
    const isMark =
      isObject(mark) && isCount(mark.step) && mark.step <= losses.length && isChange(mark.change);
    need(isMark, `${where}.marks[${at}]`);
    return { step: mark.step, change: mark.change };
  });
  return history;
}

/** @param {unknown} judgement @param {number} least the step of the one before @param {number} most steps done @param {string} where @returns {Judgement} */
function readJudgement(judgement, least, most, where) {
  need(isObject(judgement) && Array.isArray(judgement.norms), where);
  const { step, nImages, judged, byBatch, norms } = judgement;
  need(isCount(step) && step >= least && step <= most, `${where}.step`);
  need(isCount(nImages), `${where}.nImages`);
  return {
    step,
    nImages,
    judged: readEvaluation(judged, `${where}.judged`),
    byBatch: byBatch == null ? undefined : readEvaluation(byBatch, `${where}.byBatch`),
    norms: norms.map((/** @type {unknown} */ weights, /** @type {number} */ i) =>
      readWeights(weights, `${where}.norms[${i}]`),
    ),
  };
}

/** The weights of a network that has diverged are NaN. @param {unknown} weights @param {string} where */
function readWeights(weights, where) {
  need(isObject(weights), where);
  const all = WEIGHTS.map(name => {
    const values = weights[name];
    need(Array.isArray(values) && values.length <= MOST_WEIGHTS, `${where}.${name}`);
    return [name, values.map((item, at) => readNumber(item, `${where}.${name}[${at}]`))];
  });
  return /** @type {NormWeights} */ (Object.fromEntries(all));
}

/** @param {unknown} evaluation @param {string} where @returns {Evaluation} */
function readEvaluation(evaluation, where) {
  need(isObject(evaluation), where);
  const { step, epoch, nImages, loss, accuracy, batchStatistics } = evaluation;
  need(isCount(step), `${where}.step`);
  need(isCount(epoch), `${where}.epoch`);
  need(isCount(nImages) && nImages > 0, `${where}.nImages`);
  need(batchStatistics == null || isCount(batchStatistics), `${where}.batchStatistics`);
  return {
    step,
    epoch,
    nImages,
    // They were f32, which the file's nine digits identify: so an opened race prints what the race did.
    loss: Math.fround(readLoss(loss, `${where}.loss`)),
    accuracy: Math.fround(readAccuracy(accuracy, `${where}.accuracy`)),
    batchStatistics: batchStatistics ?? undefined,
  };
}

/** @param {unknown} series @param {(item: unknown, where: string) => number} read @param {string} where */
function readSeries(series, read, where) {
  if (!Array.isArray(series)) throw missing(where);
  if (series.length > MOST_STEPS)
    throw new Error(`${where} has ${series.length} steps; the limit is ${MOST_STEPS}`);
  return Float32Array.from(series, (item, at) => read(item, `${where}[${at}]`));
}

/** The images after each step. @param {unknown} batches @param {string} where */
function readBatches(batches, where) {
  need(
    Array.isArray(batches) &&
      batches.every(
        run =>
          Array.isArray(run) && run.length === 2 && run.every(isCount) && run[1] >= 1 && run[1] <= MOST_BATCH,
      ),
    where,
  );
  const steps = batches.reduce((sum, [n]) => sum + n, 0);
  if (steps > MOST_STEPS) throw new Error(`${where} has ${steps} steps; the limit is ${MOST_STEPS}`);
  const totals = new Float32Array(steps);
  let at = 0,
    total = 0;
  for (const [n, images] of batches) {
    for (let i = 0; i < n; i++) totals[at++] = total += images;
  }
  return totals;
}

/** A cross-entropy: a number from 0 on, or what became of it. @param {unknown} item @param {string} where */
function readLoss(item, where) {
  const value = readNumber(item, where);
  if (value < 0) throw wrong(item, where, "a number from 0 on");
  return value;
}

/** A share. @param {unknown} item @param {string} where */
function readAccuracy(item, where) {
  const value = readNumber(item, where);
  if (value < 0 || value > 1) throw wrong(item, where, "a number from 0 to 1");
  return value;
}

/** @param {unknown} item @param {string} where @returns {number} */
function readNumber(item, where) {
  if (typeof item === "number") return item;
  if (item === "NaN" || item === "Infinity" || item === "-Infinity") return Number(item);
  throw wrong(item, where, "a number");
}

/** @param {unknown} item @param {string} where @param {string} expected */
const wrong = (item, where, expected) =>
  new Error(`${where} is ${shown(item)}, where ${expected} is expected`);

/** The beginning of a value. @param {unknown} item */
const shown = item => (JSON.stringify(item) ?? "missing").slice(0, 40);

/** Why a lane had ended. @param {unknown} failure @returns {failure is Failure | undefined} */
const isFailure = failure =>
  failure === undefined ||
  (isObject(failure) && ["code", "message", "hint"].every(name => isText(failure[name], MOST_NAME)));

/** @param {object} table @param {unknown} key */
const isKey = (table, key) => typeof key === "string" && Object.hasOwn(table, key);

/** A finite number from 0 on. @param {unknown} item */
const isSize = item => typeof item === "number" && Number.isFinite(item) && item >= 0;

/** A number of images. @param {unknown} item */
const isBatch = item => isCount(item) && item >= 1 && item <= MOST_BATCH;

/** @param {unknown} course @returns {course is Course} */
const isCourse = course =>
  isObject(course) &&
  Object.hasOwn(DATA, course.data) &&
  (course.trainOn === "train" ||
    course.trainOn === "test" ||
    (isObject(course.trainOn) && isCount(course.trainOn["first-of-each-class"]))) &&
  isCount(course.judgeEvery) &&
  isCount(course.judgeImages);

/** Settings that this page does not know are left as they are. @param {unknown} spec @returns {spec is RunSpec} */
function isSpec(spec) {
  if (!isObject(spec)) return false;
  const { norm, batch, learningRate, seed, device, model, optimizer, epsilon, momentum, plateau } = spec;
  return (
    isNorm(norm) &&
    isBatch(batch) &&
    (learningRate === undefined || isSize(learningRate)) &&
    isCount(seed) &&
    (device === undefined || isKey(ENGINES, device)) &&
    (model === undefined || isNamed(model, NETS)) &&
    (optimizer === undefined || isNamed(optimizer, OPTIMIZERS)) &&
    (epsilon === undefined || isSize(epsilon)) &&
    (momentum === undefined || (isSize(momentum) && momentum <= 1)) &&
    (plateau == null || isObject(plateau))
  );
}

/** A name, or one with numbers: `{ sgd: { … } }`. @param {unknown} item @param {object} names */
function isNamed(item, names) {
  if (!isObject(item)) return typeof item === "string" && isKey(names, item);
  const [[name, numbers] = ["", 0], ...more] = Object.entries(item);
  return !more.length && isKey(names, name) && isObject(numbers);
}

/** @param {unknown} norm */
function isNorm(norm) {
  if (!isObject(norm)) return false;
  const row = NORMS.find(({ kind }) => kind === norm.kind),
    count = norm[row?.number === "axes" ? "groups" : (row?.number ?? "")];
  if (!row) return false;
  const isAxes = Array.isArray(norm.axes) && norm.axes.every(axis => AXES.includes(axis));
  return row.number === "axes"
    ? isAxes && (count == null || (isCount(count) && count > 0))
    : !row.number || (isCount(count) && count > 0);
}

/** @param {unknown} change @returns {change is Change} */
function isChange(change) {
  if (!isObject(change)) return false;
  const [[name, to] = ["", 0], ...more] = Object.entries(change);
  if (more.length) return false;
  if (name === "norm") return isNorm(to);
  return name === "batch"
    ? isBatch(to)
    : ["learning-rate", "epsilon", "momentum"].includes(name) && isSize(to);
}

/** @param {unknown} device @returns {device is DeviceInfo | undefined} */
function isDevice(device) {
  if (device === undefined) return true;
  if (!isObject(device) || !isKey(DEVICES, device.kind) || !isText(device.name, MOST_NAME)) return false;
  const { trial } = device;
  return trial == null || (isObject(trial) && isSize(trial.cpuMillis) && isSize(trial.gpuMillis));
}
