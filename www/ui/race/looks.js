// @ts-check
// How a lane is drawn wherever it is drawn: its norm's colour, and a dash of its own.

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("../../pkg/blue_cube.js").NormKind} NormKind */

/** The token of a norm's colour, and the dash of its first lane. @type {Record<NormKind, [token: string, dash: string]>} */
const LOOKS = {
  none: ["none", "1 4"], batch: ["bn", ""], layer: ["ln", "11 3"], instance: ["in", "5 3"], group: ["gn", ""],
  "batch-instance": ["bin", "9 3 2 3"], switchable: ["sn", "2.5 2.5"],
  axes: ["ln", "7 3 2 3"], rms: ["ln", "2 3"], "ghost-batch": ["bn", "9 3"], "sync-batch": ["bn", "4 3"],
};

/** Dashes of further lanes of a norm. */
const FURTHER = ["8 3", "3 3", "10 3 3 3", "6 2 2 2", "1.5 3", "12 4", "4 2 1 2"];

/** The lane that a lane runs again with another seed, or itself. @param {Lane[]} lanes @param {Lane} lane */
export function seedLeader(lanes, lane) {
  const key = keyOf(lane);
  return lanes.find(other => keyOf(other) === key) ?? lane;
}

/**
 * @param {Lane[]} lanes
 * @param {Lane} lane
 * @returns {{ token: string, dash: string }} the colour is the custom property `--lane-TOKEN`
 */
export function lookOf(lanes, lane) {
  const leader = seedLeader(lanes, lane), [token, dash] = LOOKS[leader.spec.norm.kind] ?? LOOKS.none;
  const alike = lanes.filter(other => other.spec.norm.kind === leader.spec.norm.kind && seedLeader(lanes, other) === other);
  const at = alike.indexOf(leader);
  return { token, dash: at > 0 ? FURTHER.filter(other => other !== dash)[(at - 1) % (FURTHER.length - 1)] : dash };
}

/** All that decides a lane but its seed. @param {Lane} lane */
const keyOf = ({ spec, fork, id }) => JSON.stringify([{ ...spec, seed: 0 }, fork && id]);
