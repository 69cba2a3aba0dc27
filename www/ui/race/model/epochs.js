// @ts-check
// A history by full passes over the images, as libraries print it.

/** @typedef {import("./history.js").History} History */
/** @typedef {import("./history.js").Judgement} Judgement */

/**
 * What came of a pass over all images. Training figures are the means over the steps that began in it, weighted by their images; test figures
 * are those of the judgement after it, or of the last one while it is under way.
 * @typedef {object} Epoch
 * @property {number} epoch passes done at its end: a whole number, save while it is under way
 * @property {number | undefined} trainLoss none where its steps are not here, as in a lane that was taken up
 * @property {number | undefined} trainAccuracy
 * @property {number | undefined} testImages judged on
 * @property {number | undefined} testLoss
 * @property {number | undefined} testAccuracy
 * @property {number | undefined} byBatchLoss of norms with running statistics, by the batch's own
 * @property {number | undefined} byBatchAccuracy
 * @property {Judgement["norms"]} norms what its norms had learnt then
 */

/**
 * The passes of a history, the one under way last.
 * @param {History} history
 * @param {number} epochImages images of a full pass; 0 if that is not known yet
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
      trainLoss: sum && sum.loss / sum.images,
      trainAccuracy: sum && sum.accuracy / sum.images,
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
 * Images at the end of an axis of time: the least of the whole course, its half, fifth, tenth, twentieth… that holds all there
 * is, so that a race fills a good part of its charts from the first second on.
 * @param {number} reached images that the lane ahead has trained on
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
