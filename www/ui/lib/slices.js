// @ts-check
// Long work in slices, between which the page answers.

/** Milliseconds that a slice takes. */
const SLICE_MILLIS = 8;

/** A task that goes on in the next slice, whenever its time is over. */
export class Slices {
  #start = performance.now();

  /** Ends the slice if its time is over. */
  async next() {
    if (this.isOver) await this.rest();
  }

  get isOver() {
    return performance.now() - this.#start > SLICE_MILLIS;
  }

  /** Lets the page do what waits. */
  async rest() {
    await new Promise(done => setTimeout(done));
    this.#start = performance.now();
  }
}

/** What takes several slices. @typedef {{ step: (nValues: number) => boolean, share: () => number, free: () => void }} Sliced */

/** Values that are visited between two looks at the clock. */
const STEP_VALUES = 2 ** 15;

/**
 * Does it to the end, unless it is stopped, and frees it.
 * @param {Sliced} work
 * @param {(share: number) => void} onProgress called after each slice
 * @param {() => boolean} [isStopped]
 * @returns {Promise<boolean>} whether it came to its end
 */
export async function inSlices(work, onProgress, isStopped = () => false) {
  const slices = new Slices();
  try {
    // What begins it has used a slice.
    await slices.rest();
    while (!isStopped()) {
      if (work.step(STEP_VALUES)) return true;
      if (!slices.isOver) continue;
      onProgress(work.share());
      await slices.rest();
    }
    return false;
  } finally {
    work.free();
  }
}
