// @ts-check
// The items of the bench table, their data, and their timing. Independent of the page.
import { plainItem } from "./plain_js.js";

/** @typedef {"bn" | "ln" | "in" | "gn"} NormName */
/** @typedef {{ kind: "moments" | "fwd" | "fwdbwd", norm: NormName, shape: number[] }} NormSpec */
/** @typedef {{ kind: "gemm", dims: number[] }} GemmSpec */
/** @typedef {{ kind: "train", norm: NormName | "none", batch: number }} TrainSpec */
/** @typedef {NormSpec | GemmSpec | TrainSpec} Spec */
/** @typedef {Record<string, Float32Array>} Arrays */
/** @typedef {{ images: Float32Array, labels: Uint8Array, count: number }} Examples */
/** @typedef {{ run(reps: number): Promise<void>, check(): Promise<Arrays>, free(): void }} Item */
/** @typedef {{ create(spec: Spec, data: Arrays | Examples): Promise<Item> }} Engine */
/**
 * One row of the table; times in milliseconds per repetition. `error` is the largest difference between the two results,
 * relative to the largest value; for a variance, the largest relative error.
 *
 * @typedef {{ name: string, ours: number, plain: number | null, ratio: number | null, error: number | null }} Row
 */

/** @type {Record<string, number[]>} */
export const TENSORS = { A: [64, 16, 112, 112], B: [128, 32, 28, 28], C: [32, 256, 14, 14] };

/** @type {NormName[]} */
const NORMS = ["bn", "ln", "in", "gn"];

/** Size of the tutorial net's first linear layer, at batch size 128. */
const GEMM = [128, 6760, 128];

const TRAIN_BATCHES = [1, 32, 128];

/** Images that train items draw from. */
const TRAIN_IMAGES = 4096;

/** Timed runs per item; their median counts. */
const RUNS = 7;

/** A timed run repeats its item until it takes about this long, up to this many times. */
const RUN_MILLIS = 30;
const MAX_REPS = 100;

/** Names and specs, in the order of the table. @returns {[string, Spec][]} */
export function allItems() {
  /** @type {[string, Spec][]} */ const items = [];
  for (const kind of /** @type {const} */ (["moments", "fwd", "fwdbwd"])) {
    for (const [tensor, shape] of Object.entries(TENSORS)) {
      for (const norm of NORMS) items.push([`${kind} ${tensor} ${norm}`, { kind, norm, shape }]);
    }
  }
  items.push([`gemm ${GEMM.join("×")}`, { kind: "gemm", dims: GEMM }]);
  for (const batch of TRAIN_BATCHES) {
    for (const norm of /** @type {const} */ (["none", "bn", "gn"])) {
      items.push([`train batch ${batch} ${norm}`, { kind: "train", norm, batch }]);
    }
  }
  return items;
}

/** Makes, checks and times an item and its twin in plain JavaScript. @param {Engine} engine @param {string} name @param {Spec} spec @returns {Promise<Row>} */
export async function measure(engine, name, spec) {
  const data = await dataOf(spec);
  const item = await engine.create(spec, data);
  try {
    const reps = await repsOf(item);
    await item.run(reps);
    const plain = spec.kind === "train" ? null : plainItem(spec, /** @type {Arrays} */ (data));
    if (plain === null)
      return { name, ours: await medianMillis(item, reps), plain: null, ratio: null, error: null };
    const plainAsync = {
      run: async (/** @type {number} */ n) => {
        for (let i = 0; i < n; i++) plain.run();
      },
    };
    const plainReps = await repsOf(plainAsync);
    const error = largestError(await item.check(), plain.check());
    const ours = await medianMillis(item, reps);
    const plainMillis = await medianMillis(plainAsync, plainReps);
    return { name, ours, plain: plainMillis, ratio: plainMillis / ours, error };
  } finally {
    item.free();
  }
}

/** @typedef {{ run(reps: number): Promise<void> }} Runner */

/** Finds the number of repetitions of a timed run, and warms up. @param {Runner} item */
async function repsOf(item) {
  await item.run(2);
  const millis = Math.min(await millisOf(item, 1), await millisOf(item, 1));
  return Math.max(1, Math.min(MAX_REPS, Math.round(RUN_MILLIS / millis)));
}

/** @param {Runner} item @param {number} reps */
async function medianMillis(item, reps) {
  const times = [];
  for (let i = 0; i < RUNS; i++) times.push((await millisOf(item, reps)) / reps);
  return times.sort((a, b) => a - b)[RUNS >> 1];
}

/** @param {Runner} item @param {number} reps */
async function millisOf(item, reps) {
  const start = performance.now();
  await item.run(reps);
  return performance.now() - start;
}

/** @param {Record<string, ArrayLike<number>>} ours @param {Record<string, ArrayLike<number>>} plain */
function largestError(ours, plain) {
  let worst = 0;
  for (const [name, want] of Object.entries(plain)) {
    const found = ours[name];
    let difference = 0;
    let scale = name === "var" ? 1 : Number.MIN_VALUE;
    for (let i = 0; i < want.length; i++) {
      const error = Math.abs(found[i] - want[i]);
      difference = Math.max(difference, name === "var" ? error / want[i] : error);
      if (name !== "var") scale = Math.max(scale, Math.abs(want[i]));
    }
    worst = Math.max(worst, difference / scale);
  }
  return worst;
}

/** Data for a spec; the same on every call. @param {Spec} spec @returns {Promise<Arrays | Examples>} */
export async function dataOf(spec) {
  const random = generator(1);
  /** @param {number} length @param {number} scale @param {number} shift */
  const array = (length, scale, shift) => Float32Array.from({ length }, () => scale * random() + shift);
  if (spec.kind === "train") return examples();
  if (spec.kind === "gemm") {
    const [m, k, n] = spec.dims;
    return { a: array(m * k, 2, -1), b: array(k * n, 2, -1) };
  }
  const [n, c, h, w] = spec.shape;
  const length = n * c * h * w;
  const data = { x: array(length, 4, -1), gamma: array(c, 1, 0.5), beta: array(c, 2, -1) };
  return spec.kind === "fwdbwd" ? { ...data, dy: array(length, 2, -1) } : data;
}

/** Uniform from 0 to 1. Source: Marsaglia 2003, xorshift32. @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @type {Promise<Examples> | undefined} */
let loaded;

/** The first images of MNIST. @returns {Promise<Examples>} */
function examples() {
  loaded ??= loadExamples();
  return loaded;
}

async function loadExamples() {
  const pixels = await unpacked("train-images-idx3-ubyte", 16, 784 * TRAIN_IMAGES);
  const labels = await unpacked("train-labels-idx1-ubyte", 8, TRAIN_IMAGES);
  return { images: Float32Array.from(pixels, pixel => pixel / 255), labels, count: TRAIN_IMAGES };
}

/** @param {string} file @param {number} headBytes @param {number} length */
async function unpacked(file, headBytes, length) {
  const response = await fetch(new URL(`./data/mnist/${file}.gz`, import.meta.url));
  if (!response.ok || response.body === null) throw new Error(`${file}: ${response.status}`);
  const bytes = new Response(response.body.pipeThrough(new DecompressionStream("gzip")));
  return new Uint8Array(await bytes.arrayBuffer(), headBytes, length);
}
