// @ts-check
// The package's `Run` in Node, on its CPU engine: `cargo xtask build`, then `node --test tests/package_run.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Run, initSync, writeNetwork } from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @typedef {import('../www/pkg/package/blue_cube.js').Norm} Norm */
/** @typedef {import('../www/pkg/package/blue_cube.js').RunSetup} RunSetup */

/** The values of a data file. @param {string} name @param {number} head @param {number} length */
const values = (name, head, length) =>
  new Uint8Array(gunzipSync(readFileSync(new URL(`../www/data/mnist/${name}.gz`, import.meta.url)))).slice(
    head,
    head + length,
  );

const N_IMAGES = 1000;
const images = values("train-images-idx3-ubyte", 16, 784 * N_IMAGES);
const labels = values("train-labels-idx1-ubyte", 8, N_IMAGES);
const testImages = values("t10k-images-idx3-ubyte", 16, 784 * 250);
const testLabels = values("t10k-labels-idx1-ubyte", 8, 250);

/** @type {RunSetup} */
const setup = {
  images,
  labels,
  norm: { kind: "group", groups: 5 },
  batch: 32,
  learningRate: 1e-3,
  seed: 1,
  device: "cpu",
};

test("a run learns, and says so", async () => {
  const run = await Run.create({ ...setup, model: "tutorial", optimizer: { kind: "adam" } });
  assert.equal(run.device, "cpu");
  const before = await run.evaluate(testImages, testLabels);
  const first = await run.step(1);
  const last = await run.step(99);
  const after = await run.evaluate(testImages, testLabels);
  assert.deepEqual([first.step, last.step], [1, 100]);
  assert.ok(last.loss < first.loss && last.accuracy > first.accuracy, `${last.loss} after ${first.loss}`);
  assert.ok(before.accuracy < 0.35 && after.accuracy > 0.75, `${after.accuracy} after ${before.accuracy}`);
  assert.ok(after.loss < before.loss);
});

/** @type {Norm[]} */
const norms = [
  { kind: "none" },
  { kind: "batch" },
  { kind: "layer" },
  { kind: "instance" },
  { kind: "group", groups: 5 },
];

for (const norm of norms) {
  test(`${norm.kind}: a resumed run continues bit for bit`, async () => {
    const run = await Run.create({ ...setup, norm });
    await run.step(35);
    const [whole, bare] = [await run.snapshot(), await run.snapshot({ data: false })];
    assert.ok(whole.length - bare.length > images.length);
    const restored = await Run.restore(whole);
    const beside = await Run.restore(bare, { images, labels, device: "cpu" });
    const want = [await run.step(1), await run.step(20), await run.evaluate(testImages, testLabels)];
    for (const other of [restored, beside]) {
      assert.deepEqual(
        [await other.step(1), await other.step(20), await other.evaluate(testImages, testLabels)],
        want,
      );
    }
    assert.deepEqual(await restored.snapshot(), await run.snapshot());
  });
}

test("weights and network go out as files", async () => {
  const run = await Run.create({ ...setup, norm: { kind: "batch" } });
  await run.step(2);
  const file = await run.safetensors();
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));
  assert.deepEqual(header["conv2d_0.weight"].shape, [10, 1, 3, 3]);
  assert.deepEqual(header["norm_0.running_mean"].shape, [10]);
  const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder("latin1").decode(bytes);
  assert.match(text(await run.onnx()), /BatchNormalization/);
  assert.doesNotMatch(text(await run.onnx({ folded: true })), /BatchNormalization/);
});

test("a run does one thing at a time, and finishes what it began", async () => {
  const run = await Run.create(setup);
  const first = run.step(2);
  const second = run.step(1);
  assert.deepEqual([(await first).step, (await second).step], [2, 3]);
  const last = run.step(1);
  run.free();
  assert.equal((await last).step, 4);
  const freed = told(Error, /^the object was freed, or never made$/, "bad-message");
  assert.throws(() => run.step(1), freed);
  assert.throws(() => run.device, freed);
  // What the end of a block with a `using` declaration calls.
  (await Run.create(setup))[Symbol.dispose]();
});

/** @param {typeof Error} kind @param {RegExp} message @param {string} code */
function told(kind, message, code) {
  return (/** @type {unknown} */ error) =>
    error instanceof kind && message.test(error.message) && /** @type {any} */ (error).code === code;
}

/** @type {[string, object, RegExp][]} */
const slips = [
  ["a cut image", { images: images.subarray(1) }, /images has 783999 values, a multiple of 784/],
  ["no image", { images: new Uint8Array(), labels: new Uint8Array() }, /at least one image/],
  ["too few labels", { labels: labels.subarray(1) }, /labels has 999 values, 1000 expected/],
  [
    "a label of no class",
    { labels: labels.map((label, i) => (i === 7 ? 10 : label)) },
    /labels\[7\] is 10, 0 to 9 expected/,
  ],
  ["images of another type", { images: [...images] }, /images is an array, expected a Uint8Array/],
  ["missing labels", { labels: undefined }, /labels is missing/],
  ["no batch", { batch: 0 }, /batch size 0 is not between 1 and 512/],
  ["half an image a step", { batch: 0.5 }, /batch is 0\.5, expected a whole number/],
  ["no learning", { learningRate: 0 }, /learning rate 0 is not a number above 0/],
  ["no learning rate", { learningRate: undefined }, /learningRate is missing/],
  ["a negative seed", { seed: -1 }, /seed is -1, expected a whole number/],
  ["groups that do not divide", { norm: { kind: "group", groups: 3 } }, /group count 3 does not divide 10/],
  ["another model", { model: "resnet" }, /model is resnet, expected tutorial or /],
  ["another optimizer", { optimizer: "lion" }, /optimizer is lion, expected adam or /],
  [
    "an option that Adam has not here",
    { optimizer: { kind: "adam", beta1: 0.5 } },
    /optimizer has no option "beta1"/,
  ],
  ["another device", { device: "tpu" }, /device is tpu/],
];

for (const [what, change, message] of slips) {
  test(`${what} is reported`, async () => {
    const wrong = /** @type {RunSetup} */ ({ ...setup, ...change });
    await assert.rejects(Run.create(wrong), told(RangeError, message, "bad-spec"));
  });
}

test("wrong steps, images and bytes are reported", async () => {
  const run = await Run.create(setup);
  for (const n of [0, -1, 1.5, NaN, 2 ** 32])
    await assert.rejects(run.step(n), told(RangeError, /whole number of steps/, "bad-spec"));
  await assert.rejects(
    run.evaluate(testImages, labels),
    told(RangeError, /labels has 1000 values, 250/, "bad-spec"),
  );
  const [whole, bare] = [await run.snapshot(), await run.snapshot({ data: false })];
  await assert.rejects(
    Run.restore(bare),
    told(RangeError, /does not hold its images and labels/, "bad-spec"),
  );
  await assert.rejects(Run.restore(bare, { images }), told(RangeError, /belong together/, "bad-spec"));
  const others = { images: images.map(pixel => pixel ^ 1), labels };
  await assert.rejects(Run.restore(bare, others), told(RangeError, /the run was made with/, "bad-spec"));
  await assert.rejects(
    Run.restore(whole.subarray(0, 100)),
    told(Error, /snapshot: byte \d+: the end found/, "data-format"),
  );
  await assert.rejects(
    Run.restore(images),
    told(Error, /snapshot: byte 0: .* the start of a snapshot/, "data-format"),
  );
  const spoiled = whole.slice();
  spoiled[5000] ^= 1;
  await assert.rejects(Run.restore(spoiled), told(Error, /have changed/, "data-format"));
  assert.equal((await run.step(1)).step, 1, "the run goes on");
});

test("divergence is reported", async () => {
  const run = await Run.create({ ...setup, norm: { kind: "none" }, learningRate: 1e38 });
  await assert.rejects(run.step(20), told(Error, /training has diverged/, "diverged"));
});

test("without WebGPU no GPU is available", async () => {
  await assert.rejects(Run.create({ ...setup, device: "gpu" }), told(Error, /no GPU is available/, "no-gpu"));
  assert.equal((await Run.create({ ...setup, device: "auto" })).device, "cpu");
});

test("a snapshot can become every file that its run writes, and programs", async () => {
  const run = await Run.create({ ...setup, norm: { kind: "batch" } });
  await run.step(5);
  const snapshot = await run.snapshot({ data: false });
  assert.deepEqual(await writeNetwork(snapshot, "safetensors"), await run.safetensors());
  assert.deepEqual(await writeNetwork(snapshot, "onnx"), await run.onnx());
  assert.deepEqual(await writeNetwork(snapshot, "onnx-folded"), await run.onnx({ folded: true }));
  const text = async (/** @type {'pytorch' | 'keras'} */ format) =>
    new TextDecoder().decode(await writeNetwork(snapshot, format, "Fashion-MNIST"));
  assert.match(await text("pytorch"), /Trains on Fashion-MNIST with batch norm[^]*nn\.BatchNorm2d\(10/);
  assert.match(await text("keras"), /layers\.BatchNormalization\(/);
  const few = new TextDecoder().decode(
    await writeNetwork(snapshot, "keras", "MNIST", { "first-of-each-class": 60 }),
  );
  assert.match(few, /load\(arguments\.folder, "train"\)[^]*60/);
  assert.match(
    new TextDecoder().decode(await writeNetwork(snapshot, "pytorch", "MNIST", "test")),
    /"t10k", device\)  # The test images/,
  );
  await assert.rejects(writeNetwork(snapshot, "keras", "MNIST", /** @type {any} */ ("some")), {
    message: /^trainOn must be "train", "test" or/,
  });
  await assert.rejects(writeNetwork(snapshot.slice(0, 40), "onnx"), { code: "data-format" });
  // @ts-expect-error: no such format
  await assert.rejects(writeNetwork(snapshot, "gguf"), { code: "bad-spec", message: /format is gguf/ });
});
