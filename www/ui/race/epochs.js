// @ts-check
// A history by full passes over the images, as libraries print it.

/** @typedef {import("./history.js").History} History */

/**
 * What came of one full pass. Training figures are the means over its steps, weighted by their images; test figures are of the
 * judgement on all test images after it.
 * @typedef {object} Epoch
 * @property {number} epoch from 1
 * @property {number | undefined} trainLoss none where the steps are not here, as in a lane that was taken up
 * @property {number | undefined} trainAccuracy
 * @property {number | undefined} testLoss none while the pass is under way
 * @property {number | undefined} testAccuracy
 * @property {number | undefined} byBatchLoss none but of norms with running statistics
 * @property {number | undefined} byBatchAccuracy
 */

/**
 * The passes of a history, the one under way too.
 * @param {History} history
 * @param {number} epochImages images of a full pass; 0 if that is not known yet
 * @returns {Epoch[]}
 */
export function epochsOf(history, epochImages) {
  if (!(epochImages > 0)) return [];
  const images = history.images.values, losses = history.losses.values, accuracies = history.accuracies.values;
  /** @type {{ images: number, loss: number, accuracy: number }[]} */
  const sums = [];
  images.forEach((total, at) => {
    const own = total - (at ? images[at - 1] : 0);
    const sum = (sums[Math.ceil(total / epochImages) - 1] ??= { images: 0, loss: 0, accuracy: 0 });
    sum.images += own;
    sum.loss += own * losses[at];
    sum.accuracy += own * accuracies[at];
  });
  const last = history.judgements.at(-1)?.judged.epoch ?? 0;
  return Array.from({ length: Math.max(sums.length, last) }, (_, at) => {
    const sum = sums[at], judgement = history.judgements.find(({ judged }) => judged.epoch === at + 1);
    return {
      epoch: at + 1, trainLoss: sum && sum.loss / sum.images, trainAccuracy: sum && sum.accuracy / sum.images,
      testLoss: judgement?.judged.loss, testAccuracy: judgement?.judged.accuracy,
      byBatchLoss: judgement?.byBatch?.loss, byBatchAccuracy: judgement?.byBatch?.accuracy,
    };
  });
}

/**
 * How many of ascending numbers are at most `most`.
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
