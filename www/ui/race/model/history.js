// @ts-check
// A lane's history as the page keeps it: every step, evaluation and change.

/** @typedef {import("../../../pkg/blue_cube.js").LaneReport} LaneReport */
/** @typedef {import("../../../pkg/blue_cube.js").Evaluation} Evaluation */
/** @typedef {import("../../../pkg/blue_cube.js").LaneMark} LaneMark */
/** @typedef {import("../../../pkg/blue_cube.js").NormWeights} NormWeights */

/**
 * An evaluation of a lane: with running statistics if it keeps them, and with the batch's own.
 * @typedef {{ step: number, nImages: number, judged: Evaluation, byBatch: Evaluation | undefined, norms: NormWeights[] }} Judgement
 */

/** A growing array of numbers, whose memory doubles. */
export class Series {
  #values = new Float32Array(256);
  length = 0;

  /** @param {ArrayLike<number>} values */
  push(values) {
    const length = this.length + values.length;
    if (length > this.#values.length) {
      const wider = new Float32Array(Math.max(length, 2 * this.#values.length));
      wider.set(this.values);
      this.#values = wider;
    }
    this.#values.set(values, this.length);
    this.length = length;
  }

  /** Forgets all values from `length` on. @param {number} length */
  cut(length) {
    this.length = Math.min(this.length, length);
  }

  /** A view of them; not to be kept. */
  get values() {
    return this.#values.subarray(0, this.length);
  }
}

export class History {
  /** Mean cross-entropy (nats) of each step, dropout on. */
  losses = new Series();
  /** Accuracy of each step, 0 to 1. */
  accuracies = new Series();
  /** Images trained on after each step: the time axis, which lanes with different batch sizes share. */
  images = new Series();
  /** @type {Judgement[]} */
  judgements = [];
  /** @type {LaneMark[]} */
  marks = [];
  /** The steps that it was rolled back to: followers forget what came after them. @type {number[]} */
  cuts = [];

  /** Steps done. */
  get step() {
    return this.losses.length;
  }

  /** Images trained on. */
  get nImages() {
    return this.images.length ? this.images.values[this.images.length - 1] : 0;
  }

  /** Takes in a report; values after its start were lost with an engine. @param {LaneReport} report @param {number} batch */
  report({ step, nImages, losses, accuracies }, batch) {
    this.goBack(step - losses.length);
    this.losses.push(losses);
    this.accuracies.push(accuracies);
    this.images.push(losses.map((_, at) => nImages - batch * (losses.length - 1 - at)));
  }

  /** Takes in an evaluation. @param {Evaluation[]} evaluations @param {NormWeights[]} norms */
  judge([judged, byBatch], norms) {
    this.judgements.push({ step: judged.step, nImages: this.nImages, judged, byBatch, norms });
  }

  /** Forgets what came after `step`. @param {number} step */
  goBack(step) {
    if (step >= this.step) return;
    this.cuts.push(step);
    for (const series of [this.losses, this.accuracies, this.images]) series.cut(step);
    this.judgements = this.judgements.filter(judgement => judgement.step <= step);
    this.marks = this.marks.filter(mark => mark.step < step);
  }

  /** Goes back to a snapshot, whose evaluations and changes are the first of its step. @param {{ step: number, nJudgements: number, nMarks: number }} to */
  goBackTo({ step, nJudgements, nMarks }) {
    const { judgements, marks } = this;
    this.cuts.push(step);
    for (const series of [this.losses, this.accuracies, this.images]) series.cut(step);
    this.judgements = judgements.slice(0, nJudgements);
    this.marks = marks.slice(0, nMarks);
  }

  /** A copy of the history up to a snapshot. @param {{ step: number, nJudgements: number, nMarks: number }} to */
  copy({ step, nJudgements, nMarks }) {
    const copy = this.until(step);
    copy.judgements = this.judgements.slice(0, nJudgements);
    copy.marks = this.marks.slice(0, nMarks);
    return copy;
  }

  /** A copy of the history up to `step`, for a lane that forks there. @param {number} step */
  until(step) {
    const copy = new History();
    for (const name of /** @type {const} */ (["losses", "accuracies", "images"]))
      copy[name].push(this[name].values.subarray(0, step));
    copy.judgements = this.judgements.filter(judgement => judgement.step <= step);
    copy.marks = this.marks.filter(mark => mark.step < step);
    return copy;
  }
}
