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
/** @typedef {import("./file_read.js").ReadLane} ReadLane */

/**
 * A state from which a lane can be made again, and what the page knew of it then.
 * @typedef {object} Snapshot
 * @property {number} step
 * @property {number} nJudgements
 * @property {number} nMarks
 * @property {RunSpec} spec
 * @property {Uint8Array} bytes
 * @property {number} takenAt in the time of `performance.now()`
 */

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
 * @property {Snapshot | undefined} snapshot the page's last snapshot of it
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

/** Whether a lane could not be made, and so was never on an engine. @param {Lane} lane */
export const isUnmade = ({ failure, device }) => Boolean(failure && !device);

/** Whether a lane was lost with its worker; one that could never be made was not. @param {Lane} lane @param {number} gone */
export const isLost = (lane, gone) => lane.workerIdx === gone && !lane.isRecord && !isUnmade(lane);

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

/**
 * Restores a lane to its state in a file.
 * @param {Lane} lane
 * @param {Omit<ReadLane, "id" | "fork" | "name" | "spec">} read
 */
export function recordOf(
  lane,
  { history, device, facts, startHash, norms, millisAStep, orderHash, failure },
) {
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

/** What is kept of a lane that came from a file, besides its name, settings and history. @param {Lane} lane */
export const recordFields = ({ device, facts, failure, startHash, norms, millisAStep, report }) => ({
  device,
  facts,
  failure,
  startHash,
  norms,
  millisAStep,
  orderHash: report?.orderHash ?? "",
});

/** @typedef {ReturnType<typeof recordFields>} RecordFields */

/**
 * A lane as it could be made again from what the page has of it: from its last snapshot, or else from its start.
 * @param {Lane} lane
 * @param {string} key of the setup's run; empty for a fork
 * @returns {import("./storage.js").KeptLane}
 */
export function ofMemory(lane, key) {
  const { id, name, snapshot, origin } = lane,
    fork = lane.fork && { from: String(lane.fork.from), step: lane.fork.step };
  const at = { id: String(id), fork, name, key };
  if (lane.isRecord)
    return { ...at, spec: lane.spec, history: lane.history, bytes: undefined, record: recordFields(lane) };
  const spec = snapshot?.spec ?? (origin && "add" in origin ? origin.add.spec : lane.spec),
    history = lane.history.copy(snapshot ?? { step: 0, nJudgements: 0, nMarks: 0 });
  return { ...at, spec, history, bytes: snapshot?.bytes, record: undefined };
}

/**
 * What each lane from a file was forked from, by its id here; 0 if that lane is not among them.
 * @param {Lane[]} lanes
 * @param {{ id: number | string, fork: { from: number | string, step: number } | undefined }[]} read in the same order
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
