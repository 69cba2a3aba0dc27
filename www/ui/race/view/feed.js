// @ts-check
// Feeds the charts with the data since they were last drawn.

import { tokenHexes } from "../../lib/color.js";
import { decimal } from "../../lib/number_text.js";
import { countUpTo } from "../model/epochs.js";
import { stylesOf } from "./lane_style.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../model/history.js").History} History */
/** @typedef {import("../../../pkg/blue_cube.js").Change} Change */
/** @typedef {import("../../../pkg/charts/blue_cube.js").RaceChart} RaceChart */

/** A lane's published curves: the values of each view after epochs. @typedef {{ label: string, curves: { view: import("../../../pkg/charts/blue_cube.js").View, epochs: number[], values: number[] }[] }} Ghost */

/** How much of a history the charts have received. @typedef {{ history: History, steps: number, judgements: number, cuts: number, ghost: Ghost | undefined }} Fed */

/** A mark of the charts: a change of one lane, or one that all lanes had, which is marked once. @typedef {{ lane: number | undefined, images: number, words: string }} Mark */

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
  /** The marks that the charts have. @type {Mark[]} */
  #marks = [];
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
      this.#empty();
      return;
    }
    for (const id of this.#fed.keys()) {
      if (lanes.some(lane => lane.id === id)) continue;
      this.#remove(id);
      this.#fed.delete(id);
    }
    this.#chart.setTime(epochImages, end);
    for (const lane of lanes) this.#lane(lane, ghosts.get(lane.id));
    const marks = marksOf(lanes, common),
      isIn = (/** @type {Mark[]} */ all, /** @type {Mark} */ mark) => all.some(other => isSame(mark, other));
    // A mark of all lanes cannot be taken out of the charts by itself, so they are filled anew.
    if (!this.#marks.every(mark => isIn(marks, mark))) {
      this.#empty();
      this.#chart.setTime(epochImages, end);
      for (const lane of lanes) this.#lane(lane, ghosts.get(lane.id));
    }
    for (const mark of marks.filter(mark => !isIn(this.#marks, mark)))
      this.#chart.mark(mark.lane, mark.images, mark.words);
    this.#marks = marks;
  }

  #empty() {
    this.#chart.clear();
    this.#fed.clear();
    this.#marks = [];
  }

  /** @param {Lane} lane @param {Ghost | undefined} ghost */
  #lane({ id, history }, ghost) {
    let fed = this.#fed.get(id);
    if (fed?.history !== history || fed.ghost !== ghost) {
      // A published curve cannot be removed separately.
      if (fed) this.#remove(id);
      fed = { history, steps: 0, judgements: 0, cuts: history.cuts.length, ghost };
      this.#fed.set(id, fed);
      for (const { view, epochs, values } of ghost?.curves ?? [])
        this.#chart.ghost(ghost?.label ?? "", id, view, Float32Array.from(epochs), Float32Array.from(values));
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
      // The charts forget the lane's marks after the cut by themselves.
      const before = cut ? history.images.values[cut - 1] : 0;
      this.#marks = this.#marks.filter(mark => mark.lane !== id || mark.images <= before);
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
  }

  /** Removes a lane with its marks. @param {number} id */
  #remove(id) {
    this.#chart.remove(id);
    this.#marks = this.#marks.filter(mark => mark.lane !== id);
  }
}

/** @param {Mark} a @param {Mark} b */
const isSame = (a, b) => a.lane === b.lane && a.images === b.images && a.words === b.words;

/**
 * The marks of a race, which follow from its lanes alone, so that an opened race has those of the race that was saved: a change that
 * all lanes had is marked once, where the first of them had it.
 * @param {Pick<Lane, "id" | "history">[]} lanes
 * @param {Set<string>} common changes that were requested for all lanes, as JSON
 * @returns {Mark[]}
 */
export function marksOf(lanes, common) {
  const changes = lanes.map(({ history }) => history.marks.map(({ change }) => JSON.stringify(change)));
  const isCommon = (/** @type {string} */ change) =>
    common.has(change) || (lanes.length > 1 && changes.every(own => own.includes(change)));
  /** How often each common change is marked. @type {Map<string, number>} */
  const marked = new Map();
  return lanes.flatMap(({ id, history }, at) =>
    history.marks.flatMap(({ step, change }, nth) => {
      const key = changes[at][nth],
        images = step ? history.images.values[step - 1] : 0;
      if (!isCommon(key)) return { lane: id, images, words: changeWords(change) };
      const count = changes[at].slice(0, nth + 1).filter(other => other === key).length;
      if (count <= (marked.get(key) ?? 0)) return [];
      marked.set(key, count);
      return { lane: undefined, images, words: changeWords(change) };
    }),
  );
}
