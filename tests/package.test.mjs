// @ts-check
// The package imported in Node, on its CPU engine: `cargo xtask build`, then `node --test tests/package.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  foldBatchNorm,
  groupMap,
  initSync,
  moments,
  normalize,
  normalizeBackward,
  readArrays,
  writeNpy,
} from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @typedef {import('../www/pkg/package/blue_cube.js').Norm} Norm */
/** @type {import('../www/pkg/package/blue_cube.js').Shape} */
const shape = [2, 4, 3, 2];
const x = new Float32Array(48).map((_, i) => Math.sin(i * i) + i / 10);
const dy = new Float32Array(48).map((_, i) => Math.cos(3 * i));

/** @type {[Norm, (n: number, c: number) => number][]} */
const norms = [
  [{ kind: "batch" }, (n, c) => c],
  [{ kind: "layer" }, n => n],
  [{ kind: "instance" }, (n, c) => 4 * n + c],
  [{ kind: "group", groups: 2 }, (n, c) => 2 * n + Math.floor(c / 2)],
];

/** @param {number} i */
const place = i => /** @type {[number, number]} */ ([Math.floor(i / 24), Math.floor(i / 6) % 4]);

/** @param {number[]} values */
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const [norm, group] of norms) {
  test(`${norm.kind}: map, moments and values`, async () => {
    const map = groupMap(shape, norm);
    x.forEach((_, i) => assert.equal(map[i], group(...place(i))));
    const got = await moments(x, shape, { norm, device: "cpu" });
    const { y, mean: means, variance, device } = await normalize(x, shape, { norm, device: "cpu" });
    assert.equal(device, "cpu");
    for (let g = 0; g < got.mean.length; g++) {
      const values = [...x].filter((_, i) => map[i] === g);
      const want = mean(values);
      const spread = mean(values.map(value => (value - want) ** 2));
      assert.equal(got.count[g], values.length);
      for (const [a, b] of [
        [got.mean[g], want],
        [means[g], want],
        [got.variance[g], spread],
        [variance[g], spread],
      ]) {
        assert.ok(Math.abs(a - b) < 1e-5, `${a} against ${b}`);
      }
    }
    x.forEach((value, i) => {
      const want = (value - means[map[i]]) / Math.sqrt(variance[map[i]] + 1e-5);
      assert.ok(Math.abs(y[i] - want) < 1e-5, `${y[i]} against ${want}`);
    });
  });

  test(`${norm.kind}: gradients by differences`, async () => {
    const gamma = Float32Array.of(1.5, -0.5, 2, 1);
    const { dx, dbeta } = await normalizeBackward(x, dy, shape, { norm, gamma, device: "cpu" });
    const loss = async (/** @type {Float32Array} */ at) => {
      const { y } = await normalize(at, shape, { norm, gamma, device: "cpu" });
      return y.reduce((sum, value, i) => sum + value * dy[i], 0);
    };
    for (const i of [0, 13, 47]) {
      const step = 1e-2;
      const moved = (/** @type {number} */ by) => x.map((value, at) => (at === i ? value + by : value));
      const want = ((await loss(moved(step))) - (await loss(moved(-step)))) / (2 * step);
      assert.ok(Math.abs(dx[i] - want) < 2e-3, `dx[${i}] is ${dx[i]}, ${want} by differences`);
    }
    const wantBeta = mean([...dy].filter((_, i) => place(i)[1] === 2)) * 12;
    assert.ok(Math.abs(dbeta[2] - wantBeta) < 1e-5);
  });
}

test("evaluation uses the running statistics", async () => {
  const running = { runningMean: Float32Array.of(0, 1, 2, 3), runningVariance: Float32Array.of(1, 1, 4, 4) };
  const { y } = await normalize(x, shape, {
    norm: { kind: "batch" },
    mode: "eval",
    device: "cpu",
    ...running,
  });
  assert.ok(Math.abs(y[18] - (x[18] - 3) / 2) < 1e-5);
});

test("a batch norm folds into the layer before it", () => {
  const layers = {
    weight: Float32Array.of(2, 4, 1, 8),
    outChannels: 2,
    bias: Float32Array.of(1, 0),
    gamma: Float32Array.of(1, -2),
    beta: Float32Array.of(0.5, 0),
    mean: Float32Array.of(3, 1),
    variance: Float32Array.of(4, 0.25),
    epsilon: 0,
  };
  const { weight, bias } = foldBatchNorm(layers);
  assert.deepEqual([...weight, ...bias], [1, 2, -4, -32, -0.5, 4]);
  const written = foldBatchNorm({ ...layers, formula: "as-written" });
  assert.deepEqual([...written.weight, ...written.bias], [0.5, 1, -8, -64, 0, 8]);
  // γ = 1 and a bias of 0 if they are not given; null counts as not given.
  const ones = foldBatchNorm({ ...layers, gamma: Float32Array.of(1, 1) });
  assert.deepEqual(foldBatchNorm({ ...layers, gamma: undefined }), ones);
  const zeros = foldBatchNorm({ ...layers, beta: Float32Array.of(0, 0) });
  assert.deepEqual(foldBatchNorm({ ...layers, beta: undefined }), zeros);
  const without = foldBatchNorm({ ...layers, bias: undefined });
  assert.deepEqual(foldBatchNorm({ .../** @type {any} */ (layers), bias: null }), without);
  assert.throws(
    () => foldBatchNorm({ ...layers, variance: Float32Array.of(4, -1e-6) }),
    /variance\[1\] is -0\.000001, a finite number above 0 expected/,
  );
});

test("arrays are read from files and written to them", () => {
  const bytes = writeNpy(Float32Array.of(1, -2.5, 3, 4, 5, 6), [2, 3]);
  const [array, ...others] = readArrays(bytes, "x.npy");
  assert.deepEqual(others, []);
  assert.deepEqual(array, {
    name: "x.npy",
    shape: [2, 3],
    type: "f32",
    data: Float32Array.of(1, -2.5, 3, 4, 5, 6),
  });
  assert.deepEqual(readArrays(gzipSync(bytes), "x.npy.gz"), [array]);
  const idx = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);
  assert.deepEqual(readArrays(idx), [
    { name: "file", shape: [3], type: "u8", data: Float32Array.of(7, 8, 9) },
  ]);
  assert.deepEqual(readArrays(archive("a.npy", bytes)), [{ ...array, name: "a" }]);
  assert.deepEqual(readArrays(bytes, "x.npy", array.data.length), [array]);
  assert.throws(
    () => readArrays(bytes, "x.npy", array.data.length - 1),
    /expected at most \d+ values, \d+ bytes as 32-bit floats/,
  );
  assert.throws(
    () => readArrays(bytes.subarray(0, 130), "cut.npy"),
    error =>
      error instanceof Error &&
      /cut\.npy: byte 130: expected \d+ bytes of the values from byte 128, found the end of the file/.test(
        error.message,
      ) &&
      /** @type {any} */ (error).code === "data-format",
  );
});

/** A zip archive with one stored member. @param {string} name @param {Uint8Array} bytes */
function archive(name, bytes) {
  const crc =
    bytes.reduce((crc, byte) => {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      return crc;
    }, -1) ^ -1;
  const words = (/** @type {[number, number][]} */ ...fields) =>
    fields.flatMap(([size, value]) => Array.from({ length: size }, (_, at) => (value >>> (8 * at)) & 255));
  const of = [
    [4, crc],
    [4, bytes.length],
    [4, bytes.length],
    [2, name.length],
    [2, 0],
  ];
  const shared = words([2, 20], [2, 0], [2, 0], [4, 0], .../** @type {[number, number][]} */ (of));
  const letters = [...name].map(letter => letter.charCodeAt(0));
  const local = [...words([4, 0x04034b50]), ...shared, ...letters, ...bytes];
  const entry = [
    ...words([4, 0x02014b50], [2, 20]),
    ...shared,
    ...words([2, 0], [2, 0], [2, 0], [4, 0], [4, 0]),
    ...letters,
  ];
  const end = words(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, 1],
    [2, 1],
    [4, entry.length],
    [4, local.length],
    [2, 0],
  );
  return Uint8Array.from([...local, ...entry, ...end]);
}

/** @type {Parameters<typeof foldBatchNorm>[0]} */
const unfit = {
  weight: x,
  outChannels: 5,
  gamma: x,
  beta: x,
  mean: x,
  variance: x,
};

/** @type {[string, () => unknown, RegExp][]} */
const slips = [
  [
    "a short tensor",
    () => normalize(x.subarray(1), shape, { norm: { kind: "batch" } }),
    /x has 47 values, 48 expected/,
  ],
  [
    "a number that is none",
    () =>
      normalize(
        x.map(() => NaN),
        shape,
        { norm: { kind: "batch" } },
      ),
    /x\[0\] is NaN/,
  ],
  [
    "groups that do not divide",
    () => groupMap(shape, { kind: "group", groups: 3 }),
    /group count 3 does not divide 4/,
  ],
  ["no groups", () => groupMap(shape, { kind: "group", groups: 0 }), /norm cannot be read/],
  // @ts-expect-error there is no such norm
  ["an unknown norm", () => groupMap(shape, { kind: "lair" }), /norm cannot be read/],
  // @ts-expect-error a shape has four axes
  ["a flat shape", () => groupMap([48], { kind: "batch" }), /shape needs four whole numbers/],
  [
    "evaluation of nothing kept",
    () => normalize(x, shape, { norm: { kind: "batch" }, mode: "eval" }),
    /runningMean/,
  ],
  ["weights that do not divide", () => foldBatchNorm(unfit), /48 weights found, a positive multiple of 5/],
  // @ts-expect-error a table is missing
  [
    "a missing table",
    () => foldBatchNorm({ ...unfit, mean: /** @type {any} */ (undefined) }),
    /mean is missing/,
  ],
  // @ts-expect-error there is no such formula
  [
    "an unknown formula",
    () => foldBatchNorm({ ...unfit, formula: "right" }),
    /formula is right, expected correct or as-written/,
  ],
  [
    "values that do not fill a shape",
    () => writeNpy(x, [5, 9]),
    /expected the values of shape 5×9, found 48/,
  ],
  ["a shape that is none", () => writeNpy(x, [48.5]), /shape needs an array of whole numbers/],
  ["moments of no norm", () => moments(x, shape, { norm: { kind: "none" } }), /no norm has no moments/],
];

for (const [what, call, message] of slips) {
  test(`${what} is reported`, async () => {
    await assert.rejects(
      async () => call(),
      error =>
        error instanceof RangeError &&
        message.test(error.message) &&
        /** @type {any} */ (error).code === "bad-spec",
    );
  });
}
