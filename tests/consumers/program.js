// @ts-check
// What every consumer runs once the package has loaded: a norm compared with f64 sums, and three steps of training.
import { Run, moments, normalize } from "blue-cube";

/** @type {[number, number, number, number]} */
const SHAPE = [2, 4, 3, 2];
/** Of step 3, which is the same wherever the CPU engine runs, natively too. */
const LOSS = 13.2272;

/** Resolves with what was done; rejects if a number is wrong. */
export async function program() {
  const x = new Float32Array(48).map((_, i) => Math.sin(i * i));
  const norm = { kind: /** @type {const} */ ("layer") };
  const { mean, variance, count } = await moments(x, SHAPE, { norm });
  const { y } = await normalize(x, SHAPE, { norm, device: "cpu" });
  for (const image of [0, 1]) {
    const values = [...x.subarray(24 * image, 24 * (image + 1))];
    const wantMean = sum(values) / 24;
    const wantVariance = sum(values.map(value => (value - wantMean) ** 2)) / 24;
    close("count", count[image], 24);
    close("mean", mean[image], wantMean);
    close("variance", variance[image], wantVariance);
    values.forEach((value, i) =>
      close("y", y[24 * image + i], (value - wantMean) / Math.sqrt(wantVariance + 1e-5)),
    );
  }
  const images = new Uint8Array(784 * 20).map((_, i) => (i * i) % 251);
  const labels = new Uint8Array(20).map((_, i) => i % 10);
  const run = await Run.create({
    images,
    labels,
    norm,
    batch: 4,
    learningRate: 1e-3,
    seed: 1,
    device: "cpu",
  });
  const { step, loss } = await run.step(3);
  run.free();
  close("step", step, 3);
  close("loss", loss, LOSS, 1e-2);
  return `${y.length} values and ${step} steps are right`;
}

/** @param {number[]} values */
const sum = values => values.reduce((sum, value) => sum + value, 0);

/** @param {string} name @param {number} found @param {number} want */
function close(name, found, want, tolerance = 1e-6) {
  if (!(Math.abs(found - want) <= tolerance)) throw new Error(`${name} is ${found}, ${want} expected`);
}
