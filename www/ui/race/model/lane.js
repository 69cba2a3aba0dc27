// @ts-check
// A lane as the page knows it: its settings, its results, and its worker.

import { History } from "./history.js";

/** @typedef {import("../../../pkg/blue_cube.js").RunSpec} RunSpec */
/** @typedef {import("../../../pkg/blue_cube.js").DeviceInfo} DeviceInfo */
/** @typedef {import("../../../pkg/blue_cube.js").RunFacts} RunFacts */
/** @typedef {import("../../../pkg/blue_cube.js").LaneReport} LaneReport */
/** @typedef {import("../../../pkg/blue_cube.js").Failure} Failure */
/** @typedef {import("../../../pkg/blue_cube.js").Change} Change */
/** @typedef {import("../../../pkg/blue_cube.js").ToWorker} ToWorker */
/** @typedef {import("./file_json.js").ReadRace["lanes"][number]} ReadLane */

/**
 * A lane.
 * @typedef {object} Lane
 * @property {number} id
 * @property {string} name what people call it, such as "GN 8"
 * @property {RunSpec} spec the run, with the settings in force
 * @property {History} history
 * @property {number} workerIdx
 * @property {DeviceInfo | undefined} device undefined until it is ready
 * @property {RunFacts | undefined} facts
 * @property {string} startHash of its first weights
 * @property {LaneReport | undefined} report the last
 * @property {[number, number, number, number][]} norms input shapes of its norm layers for one image
 * @property {number} millisAStep running mean of wall time per step, 0 before the first
 * @property {number} millisAJudged wall time of an evaluation per image, with one or both kinds of statistics; 0 before the first
 * @property {Failure | undefined} failure why it has stopped for good
 * @property {{ from: number, step: number } | undefined} fork
 * @property {ToWorker | undefined} origin the message that first made it, with its spec at that time
 * @property {{ step: number, bytes: Uint8Array } | undefined} snapshot the page's last snapshot of it
 * @property {boolean} isAway its worker is gone, and it has not been recreated yet
 * @property {boolean} isRecord came from a file: it has a history and no network behind it
 */

/**
 * A lane without a worker yet.
 * @param {number} id
 * @param {string} name
 * @param {RunSpec} spec
 * @param {number} workerIdx
 * @returns {Lane}
 */
export function laneOf(id, name, spec, workerIdx) {
  return {
    id,
    name,
    spec,
    workerIdx,
    history: new History(),
    device: undefined,
    facts: undefined,
    startHash: "",
    report: undefined,
    norms: [],
    millisAStep: 0,
    millisAJudged: 0,
    failure: undefined,
    fork: undefined,
    origin: undefined,
    snapshot: undefined,
    isAway: false,
    isRecord: false,
  };
}

/**
 * The message that recreates a lane lost with its worker: from its last snapshot, or else from its start. Undefined for a lane
 * that still waits for the first lane's trial.
 * @param {number} race
 * @param {Lane} lane
 * @returns {ToWorker | undefined}
 */
export const againOf = (race, { id, snapshot, origin }) =>
  snapshot ? { restore: { race, lane: id, bytes: snapshot.bytes } } : origin;

/** Whether a lane was lost with its worker; one that could never be made was not. @param {Lane} lane @param {number} gone */
export const isLost = ({ workerIdx, isRecord, failure, device }, gone) =>
  workerIdx === gone && !isRecord && !(failure && !device);

/** Why a lane cannot be asked anything; undefined if it can. @param {Lane} lane */
export function refusalOf({ name, isRecord, isAway }) {
  if (isRecord) return `${name} came from a file, which holds its curves but no network`;
  return isAway ? `the worker of ${name} stopped` : undefined;
}

/** Takes in a lane's report. @param {Lane} lane @param {LaneReport} report */
export function wentOn(lane, report) {
  const { millisAStep } = report,
    before = lane.millisAStep;
  lane.report = report;
  lane.history.report(report, lane.spec.batch);
  if (millisAStep > 0) lane.millisAStep = before > 0 ? 0.8 * before + 0.2 * millisAStep : millisAStep;
}

/** Settings that can change while a lane runs: their names in its spec and in a change. @type {[keyof RunSpec, string][]} */
const CHANGING = [
  ["norm", "norm"],
  ["learningRate", "learning-rate"],
  ["batch", "batch"],
  ["epsilon", "epsilon"],
  ["momentum", "momentum"],
];

/** The changes that turn the settings of one run into those of another. @param {RunSpec} from @param {RunSpec} to @returns {Change[]} */
export const changesTo = (from, to) =>
  CHANGING.filter(([name]) => JSON.stringify(from[name]) !== JSON.stringify(to[name])).map(
    ([name, kind]) => /** @type {Change} */ ({ [kind]: to[name] }),
  );

/**
 * Restores a lane to its state in a file.
 * @param {Lane} lane
 * @param {ReadLane} read
 */
function recordOf(lane, { history, device, facts, startHash, norms, millisAStep, orderHash, failure }) {
  const { step, nImages } = history;
  const report = {
    step,
    nImages,
    epoch: 0,
    losses: [],
    accuracies: [],
    millisAStep: 0,
    orderHash,
    kept: [],
    looks: [],
  };
  return Object.assign(lane, {
    history,
    device,
    facts,
    startHash,
    norms,
    millisAStep,
    report,
    failure,
    isRecord: true,
  });
}

/**
 * Restores lanes to their states in a file.
 * @param {Lane[]} lanes
 * @param {ReadLane[]} read in the same order
 */
export function recordsOf(lanes, read) {
  lanes.forEach((lane, at) => recordOf(lane, read[at]));
  for (const [lane, from] of linked(lanes, read)) lane.fork = from;
}

/**
 * What each lane from a file was forked from, by its id here; 0 if that lane is not among them.
 * @param {Lane[]} lanes
 * @param {Pick<ReadLane, "id" | "fork">[]} read in the same order
 * @returns {[lane: Lane, fork: Lane["fork"]][]}
 */
export function linked(lanes, read) {
  return lanes.map((lane, at) => {
    const { fork } = read[at],
      from = lanes[read.findIndex(({ id }) => id === fork?.from)];
    return [lane, fork && { from: from?.id ?? 0, step: fork.step }];
  });
}

/** @param {string} message @returns {Failure} */
export const over = message => ({ code: "bad-message", message, hint: "Start over to continue." });

/** Why a lane cannot be made, known before it is asked for. @param {string} message @returns {Failure} */
export const refused = message => ({
  code: "bad-spec",
  message,
  hint: "Remove the lane, or choose another network.",
});

/** The step at which a lane's training diverged, counted from 1; 0 if it did not. @param {Pick<Lane, "failure" | "history">} lane */
export const divergedAt = ({ failure, history }) =>
  failure?.code === "diverged" ? Number(/step (\d+)/.exec(failure.message)?.[1] ?? history.step + 1) : 0;

/** Lanes that a worker works on. @param {{ lanes: Lane[] }} race */
export const going = race => race.lanes.filter(lane => !lane.failure && !lane.isRecord);
