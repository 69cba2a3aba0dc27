// @ts-check
// Makes lanes again: after a reload, or when their worker is gone.

/** @import { Change, RunSpec, ToWorker } from "../../../pkg/blue_cube.js" */
/** @import { History } from "./history.js" */
/** @import { Lane, Snapshot } from "./lane.js" */

/**
 * The message that recreates a lane lost with its worker: from its last snapshot, or else from its start. Undefined for a lane
 * that still waits for the first lane's trial.
 * @param {number} race
 * @param {Lane} lane
 * @returns {ToWorker | undefined}
 */
export const againOf = (race, { id, snapshot, origin, history }) =>
  snapshot ? restoring(race, id, snapshot.bytes, history.judgements.slice(0, snapshot.nJudgements)) : origin;

/**
 * The message that makes a lane from a snapshot, after these evaluations.
 * @param {number} race
 * @param {number} lane
 * @param {Uint8Array} bytes
 * @param {History["judgements"]} judgements
 * @returns {ToWorker}
 */
export function restoring(race, lane, bytes, judgements) {
  const last = judgements.at(-1),
    judged = { nImages: last?.nImages ?? 0, epochs: last?.judged.epoch ?? 0 };
  return { restore: { race, lane, bytes, judged } };
}

/** The state that a lane's worker has just sent. @param {Lane} lane @param {Uint8Array} bytes @returns {Snapshot} */
export const snapshotOf = ({ history, spec }, bytes) => ({
  step: history.step,
  nJudgements: history.judgements.length,
  nMarks: history.marks.length,
  spec,
  bytes,
  takenAt: performance.now(),
});

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
