// @ts-check
// A history by epochs, as libraries print it.

/** @typedef {import("./history.js").History} History */
/** @typedef {import("./history.js").Judgement} Judgement */

/**
 * The results of an epoch. Training figures are means over the steps that began in it, weighted by their images and rounded to an
 * f32, as the command's are; test figures are those of the evaluation after it, or of the last one while it is in progress.
 * @typedef {object} Epoch
 * @property {number} epoch epochs done at its end: a whole number, except while it is in progress
 * @property {number | undefined} trainLoss undefined if its steps are missing, as in a resumed lane
 * @property {number | undefined} trainAccuracy
 * @property {number | undefined} testImages evaluated on
 * @property {number | undefined} testLoss
 * @property {number | undefined} testAccuracy
 * @property {number | undefined} byBatchLoss of norms with running statistics, with the batch's own
 * @property {number | undefined} byBatchAccuracy
 * @property {Judgement["norms"]} norms what its norms had learned by then
 */

/**
 * The epochs of a history, the one in progress last.
 * @param {History} history
 * @param {number} epochImages images per epoch; 0 if not known yet
 * @returns {Epoch[]}
 */
export function epochsOf(history, epochImages) {
  if (!(epochImages > 0)) return [];
  const images = history.images.values,
    losses = history.losses.values,
    accuracies = history.accuracies.values;
  /** @type {{ images: number, loss: number, accuracy: number }[]} */
  const sums = [];
  images.forEach((total, at) => {
    const own = total - (at ? images[at - 1] : 0);
    const sum = (sums[Math.floor((total - own) / epochImages)] ??= { images: 0, loss: 0, accuracy: 0 });
    sum.images += own;
    sum.loss += own * losses[at];
    sum.accuracy += own * accuracies[at];
  });
  const isDone = (/** @type {number} */ at) => history.nImages >= (at + 1) * epochImages;
  return Array.from(sums, (sum, at) => {
    const { judgements } = history,
      after = judgements.find(({ judged }) => judged.epoch === at + 1);
    const judgement = isDone(at)
      ? after
      : judgements.findLast(({ judged, nImages }) => judged.epoch === at && nImages > at * epochImages);
    return {
      epoch: isDone(at) ? at + 1 : history.nImages / epochImages,
      trainLoss: sum && Math.fround(sum.loss / sum.images),
      trainAccuracy: sum && Math.fround(sum.accuracy / sum.images),
      testImages: judgement?.judged.nImages,
      testLoss: judgement?.judged.loss,
      testAccuracy: judgement?.judged.accuracy,
      byBatchLoss: judgement?.byBatch?.loss,
      byBatchAccuracy: judgement?.byBatch?.accuracy,
      norms: judgement?.norms ?? [],
    };
  });
}

/**
 * Images at the end of a time axis: the smallest of the whole course, its half, fifth, tenth, twentieth… that holds all data,
 * so that a race fills much of its charts from the first second on.
 * @param {number} reached images that the leading lane has trained on
 * @param {number} goal images of the whole course; Infinity if it has no end
 */
export function axisEnd(reached, goal) {
  if (!Number.isFinite(goal) || reached >= goal) return reached;
  if (!(reached > 0)) return goal;
  const tenth = 10 ** Math.floor(Math.log10(goal / reached));
  const part = tenth * /** @type {number} */ ([5, 2, 1].find(step => goal / (tenth * step) >= reached));
  return goal / part;
}

/**
 * The number of ascending values that are at most `most`.
 * @param {ArrayLike<number>} ascending
 * @param {number} most
 */
export function countUpTo(ascending, most) {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle] <= most) from = middle + 1;
    else to = middle;
  }
  return from;
}
