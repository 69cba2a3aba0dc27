// @ts-check
// How a lane is drawn everywhere: its norm's colour, and its own dash pattern.

import { repeatKey } from "../model/same.js";
import { NORMS } from "../../lib/catalog.js";

/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../../../pkg/blue_cube.js").NormKind} NormKind */

/** The token of a norm's colour, and the dash of its first lane. @param {NormKind} kind */
const rowOf = kind => NORMS.find(row => row.kind === kind) ?? NORMS[0];

/** Dash patterns of further lanes of a norm. */
const FURTHER = ["8 3", "3 3", "10 3 3 3", "6 2 2 2", "1.5 3", "12 4", "4 2 1 2"];

/** @typedef {{ token: string, dash: string, leader: Lane }} LaneStyle the colour is the custom property `--lane-TOKEN`; the leader is the lane that this one repeats with another seed, or itself */

/**
 * How lanes are drawn, in order: a norm's first lane has the norm's own dash pattern.
 * @param {Lane[]} lanes
 * @returns {LaneStyle[]}
 */
export function stylesOf(lanes) {
  /** @type {Map<string, LaneStyle>} */
  const styles = new Map();
  /** @type {Map<NormKind, number>} */
  const counts = new Map();
  return lanes.map(lane => {
    const { kind } = lane.spec.norm,
      key = keyOf(lane),
      { token, dash } = rowOf(kind),
      at = counts.get(kind) ?? 0;
    const style = styles.get(key) ?? {
      token,
      dash: at ? FURTHER.filter(other => other !== dash)[(at - 1) % (FURTHER.length - 1)] : dash,
      leader: lane,
    };
    if (style.leader === lane) counts.set(kind, at + 1);
    styles.set(key, style);
    return style;
  });
}

/** Identifies a lane's settings except the seed; a fork represents itself. @param {Lane} lane */
const keyOf = ({ spec, fork, id }) => (fork ? String(id) : repeatKey(spec));
