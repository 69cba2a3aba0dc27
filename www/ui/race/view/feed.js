// @ts-check
// Feeds the charts with the data since they were last drawn.

import { tokenHexes } from "../../lib/color.js";
import { decimal } from "../../lib/format.js";
import { countUpTo } from "../model/epochs.js";
import { stylesOf } from "./lane_style.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../model/history.js").History} History */
/** @typedef {import("../../../pkg/blue_cube.js").Change} Change */
/** @typedef {import("../../../pkg/charts/blue_cube.js").RaceChart} RaceChart */

/** A published curve: test accuracy after epochs. @typedef {{ label: string, epochs: number[], accuracies: number[] }} Ghost */

/** How much of a history the charts have received. @typedef {{ history: History, steps: number, judgements: number, marks: number, cuts: number, ghost: Ghost | undefined }} Fed */

/** What changed, in a few words. @param {Change} change */
export function changeWords(change) {
  const [[name, value]] = Object.entries(change);
  if ("norm" in change) return `norm ${change.norm.kind}`;
  return `${{ "learning-rate": "rate", batch: "batch", epsilon: "ε", momentum: "momentum" }[name] ?? name} ${decimal(value)}`;
}

/**
 * The colours of the charts, and those of the lanes, from the page's tokens.
 * @param {Lane[]} lanes
 */
export function coloursOf(lanes) {
  const looks = stylesOf(lanes),
    [paper, ink, quiet, hair, ...colors] = tokenHexes(
      "--paper",
      "--ink",
      "--quiet",
      "--hair",
      ...looks.map(({ token }) => `--lane-${token}`),
    );
  const theme = { paper, ink, quiet, hair };
  const styles = looks.map(({ dash, leader }, at) => {
    const { id, name } = lanes[at];
    return { id, label: name, color: colors[at], dash, seedOf: leader === lanes[at] ? undefined : leader.id };
  });
  return { theme, styles };
}

export class Feed {
  /** @type {Map<number, Fed>} */
  #fed = new Map();
  /** Changes of all lanes that the charts show, and how often each was made. @type {Set<string>} */
  #common = new Set();
  #chart;

  /** @param {RaceChart} chart */
  constructor(chart) {
    this.#chart = chart;
  }

  /**
   * Brings the charts up to date with the race.
   * @param {Pick<Race, "lanes" | "epochImages" | "common">} race
   * @param {number} end images at the end of the time axis
   * @param {Map<number, Ghost>} ghosts published curves by lane
   */
  bring({ lanes, epochImages, common }, end, ghosts) {
    if (!lanes.length) {
      this.#chart.clear();
      this.#fed.clear();
      this.#common.clear();
      return;
    }
    for (const id of this.#fed.keys()) {
      if (lanes.some(lane => lane.id === id)) continue;
      this.#chart.remove(id);
      this.#fed.delete(id);
    }
    this.#chart.setTime(epochImages, end);
    const ofFirst = lanes[0].history.marks.map(({ change }) => JSON.stringify(change));
    const ofAll = ofFirst.filter(
      change =>
        lanes.length > 1 &&
        lanes.every(({ history }) => history.marks.some(mark => JSON.stringify(mark.change) === change)),
    );
    const everywhere = new Set([...common, ...ofAll]);
    for (const lane of lanes) this.#lane(lane, ghosts.get(lane.id), everywhere);
  }

  /** @param {Lane} lane @param {Ghost | undefined} ghost @param {Set<string>} everywhere changes of all lanes */
  #lane({ id, history }, ghost, everywhere) {
    let fed = this.#fed.get(id);
    if (fed?.history !== history || fed.ghost !== ghost) {
      // A published curve cannot be removed separately.
      if (fed) this.#chart.remove(id);
      fed = { history, steps: 0, judgements: 0, marks: 0, cuts: history.cuts.length, ghost };
      this.#fed.set(id, fed);
      if (ghost)
        this.#chart.ghost(
          ghost.label,
          id,
          Float32Array.from(ghost.epochs),
          Float32Array.from(ghost.accuracies),
        );
    }
    const cut = Math.min(...history.cuts.slice(fed.cuts));
    fed.cuts = history.cuts.length;
    if (cut < fed.steps) {
      fed.steps = cut;
      fed.judgements = Math.min(
        fed.judgements,
        countUpTo(
          history.judgements.map(({ step }) => step),
          cut,
        ),
      );
      fed.marks = Math.min(
        fed.marks,
        countUpTo(
          history.marks.map(({ step }) => step),
          cut - 1,
        ),
      );
    }
    const [losses, accuracies, images] = [history.losses, history.accuracies, history.images].map(series =>
      series.values.subarray(fed.steps),
    );
    if (losses.length || cut < Infinity) this.#chart.push(id, fed.steps, images, losses, accuracies);
    fed.steps = history.step;
    history.judgements.slice(fed.judgements).forEach(({ nImages, judged, byBatch, norms }, at) => {
      const before = history.judgements[fed.judgements + at - 1];
      this.#chart.judge(
        id,
        nImages,
        judged.loss,
        judged.accuracy,
        judged.epoch > (before?.judged.epoch ?? 0),
        byBatch?.loss,
        byBatch?.accuracy,
      );
      if (norms.length) this.#chart.weigh(id, nImages, norms);
    });
    fed.judgements = history.judgements.length;
    for (const mark of history.marks.slice(fed.marks)) this.#mark(id, history, mark, everywhere);
    fed.marks = history.marks.length;
  }

  /** A change of all lanes is marked once. @param {number} id @param {History} history @param {import("../model/history.js").LaneMark} mark @param {Set<string>} everywhere */
  #mark(id, history, mark, everywhere) {
    const change = JSON.stringify(mark.change),
      isCommon = everywhere.has(change);
    const nth = history.marks.filter(
      (other, at) => at <= history.marks.indexOf(mark) && JSON.stringify(other.change) === change,
    ).length;
    if (isCommon && this.#common.has(`${change} ${nth}`)) return;
    if (isCommon) this.#common.add(`${change} ${nth}`);
    this.#chart.mark(
      isCommon ? undefined : id,
      mark.step ? history.images.values[mark.step - 1] : 0,
      changeWords(mark.change),
    );
  }
}
