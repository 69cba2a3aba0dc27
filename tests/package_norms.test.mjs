// @ts-check
// The package's other norms in Node: mixtures, axes, RMS and parts of the batch, against f64 sums written out here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { groupMap, initSync, moments, normalize, normalizeBackward } from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @typedef {import('../www/pkg/package/blue_cube.js').Norm} Norm */
/** @typedef {import('../www/pkg/package/blue_cube.js').NormOptions} NormOptions */
/** @type {import('../www/pkg/package/blue_cube.js').Shape} */
const shape = [4, 6, 3, 2];
const [, C, H, W] = shape;
const len = 144;
const x = new Float32Array(len).map((_, i) => Math.sin(i * i) + i / 40);
const dy = new Float32Array(len).map((_, i) => Math.cos(3 * i));
const rho = Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1);
const epsilon = 1e-5;

/** @param {number} i */
const place = i => ({
  n: Math.floor(i / (C * H * W)),
  c: Math.floor(i / (H * W)) % C,
  h: Math.floor(i / W) % H,
  w: i % W,
});
/** @typedef {ReturnType<typeof place>} Place */

/** Mean, variance and mean square of every value's set. @param {(place: Place) => string} key */
function statistics(key) {
  const keys = [...x].map((_, i) => key(place(i)));
  return keys.map(own => {
    const values = [...x].filter((_, i) => keys[i] === own);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, variance, meanSquare: variance + mean * mean };
  });
}

const instance = statistics(({ n, c }) => `${n},${c}`),
  layer = statistics(({ n }) => `${n}`),
  batch = statistics(({ c }) => `${c}`);

/** @param {number} mean @param {number} variance */
const xhat = (mean, variance) => (/** @type {number} */ i) => (x[i] - mean) / Math.sqrt(variance + epsilon);
/** @param {number[]} logits */
function softmax(logits) {
  const powers = logits.map(Math.exp),
    total = powers.reduce((a, b) => a + b);
  return powers.map(power => power / total);
}
/** @param {number[]} meanLogits @param {number[]} varianceLogits */
const switched = (meanLogits, varianceLogits) => (/** @type {number} */ i) => {
  const [p, q] = [softmax(meanLogits), softmax(varianceLogits)],
    all = [instance[i], layer[i], batch[i]];
  const mean = all.reduce((sum, { mean }, k) => sum + p[k] * mean, 0);
  return xhat(
    mean,
    all.reduce((sum, { variance }, k) => sum + q[k] * variance, 0),
  )(i);
};
/** @param {(place: Place) => string} key */
const over = key => {
  const own = statistics(key);
  return (/** @type {number} */ i) => xhat(own[i].mean, own[i].variance)(i);
};

/** @type {[Norm, (i: number) => number][]} */
const norms = [
  [{ kind: "batch-instance" }, i => xhat(batch[i].mean, batch[i].variance)(i)],
  [
    { kind: "batch-instance", rho },
    i => {
      const part = rho[place(i).c];
      return (
        part * xhat(batch[i].mean, batch[i].variance)(i) +
        (1 - part) * xhat(instance[i].mean, instance[i].variance)(i)
      );
    },
  ],
  [{ kind: "switchable" }, switched([1, 1, 1], [1, 1, 1])],
  [
    { kind: "switchable", meanLogits: [0, 1, 2], varianceLogits: [2, 0.5, -1] },
    switched([0, 1, 2], [2, 0.5, -1]),
  ],
  [{ kind: "axes", axes: ["c"] }, over(({ n, h, w }) => `${n},${h},${w}`)],
  [{ kind: "axes", axes: ["w", "c", "h"], groups: 3 }, over(({ n, c }) => `${n},${c >> 1}`)],
  [{ kind: "axes", axes: ["n", "h"] }, over(({ c, w }) => `${c},${w}`)],
  [{ kind: "rms", axes: ["h", "w"] }, i => x[i] / Math.sqrt(instance[i].meanSquare + epsilon)],
  [{ kind: "ghost-batch", size: 2 }, over(({ n, c }) => `${n >> 1},${c}`)],
  // As the text of links.
  ["ghost2", over(({ n, c }) => `${n >> 1},${c}`)],
  ["axes-chw-3", over(({ n, c }) => `${n},${c >> 1}`)],
  [{ kind: "sync-batch", devices: 2 }, i => xhat(batch[i].mean, batch[i].variance)(i)],
];

for (const [norm, want] of norms) {
  test(`${JSON.stringify(norm)}: values and gradient`, async () => {
    /** @type {NormOptions} */
    const options = { norm, device: "cpu" };
    const { y, mean } = await normalize(x, shape, options);
    y.forEach((y, i) => assert.ok(Math.abs(y - want(i)) < 2e-6, `y[${i}] is ${y}, ${want(i)} expected`));
    const map = groupMap(shape, norm);
    assert.equal(Math.max(...map) + 1, mean.length);
    const got = await moments(x, shape, options);
    assert.deepEqual(got.mean, mean);
    const { dx } = await normalizeBackward(x, dy, shape, options);
    const loss = async (/** @type {Float32Array} */ x) =>
      (await normalize(x, shape, options)).y.reduce((sum, y, i) => sum + y * dy[i], 0);
    for (const i of [0, 50, 143]) {
      const moved = (/** @type {number} */ by) => x.map((value, at) => (at === i ? value + by : value));
      const slope = ((await loss(moved(0.01))) - (await loss(moved(-0.01)))) / 0.02;
      assert.ok(Math.abs(dx[i] - slope) < 3e-3, `dx[${i}] is ${dx[i]}, ${slope} by differences`);
    }
  });
}

test("mixtures have gradients of their own", async () => {
  const one = await normalizeBackward(x, dy, shape, { norm: { kind: "batch-instance", rho } });
  const wantRho = [...x].reduce(
    (sum, _, i) =>
      place(i).c === 2
        ? sum +
          dy[i] *
            (xhat(batch[i].mean, batch[i].variance)(i) - xhat(instance[i].mean, instance[i].variance)(i))
        : sum,
    0,
  );
  assert.equal(one.drho?.length, C);
  assert.ok(Math.abs(/** @type {Float32Array} */ (one.drho)[2] - wantRho) < 1e-5);
  assert.equal(one.dmeanLogits, undefined);
  const logits = [0, 1, 2];
  const two = await normalizeBackward(x, dy, shape, { norm: { kind: "switchable", meanLogits: [0, 1, 2] } });
  const loss = (/** @type {number} */ by) => {
    const y = switched([logits[0], logits[1] + by, logits[2]], [1, 1, 1]);
    return [...x].reduce((sum, _, i) => sum + y(i) * dy[i], 0);
  };
  const slope = (loss(1e-4) - loss(-1e-4)) / 2e-4;
  assert.ok(Math.abs(/** @type {Float32Array} */ (two.dmeanLogits)[1] - slope) < 1e-4);
  assert.equal(two.dvarianceLogits?.length, 3);
});

test("γ and β of axes are recognized by their length", async () => {
  const norm = /** @type {Norm} */ ({ kind: "axes", axes: ["h", "w"] });
  const perPlace = Float32Array.of(1, 2, 3, 4, 5, 6.5),
    perChannel = Float32Array.of(1, 2, 3, 4, 5, 7);
  const plain = (await normalize(x, shape, { norm })).y;
  const places = (await normalize(x, shape, { norm, gamma: perPlace })).y;
  const channels = (
    await normalize(x, shape, {
      norm: { kind: "axes", axes: ["h", "w"], affine: "channel" },
      gamma: perChannel,
    })
  ).y;
  plain.forEach((value, i) => {
    assert.ok(Math.abs(places[i] - value * perPlace[i % 6]) < 1e-5);
    assert.ok(Math.abs(channels[i] - value * perChannel[place(i).c]) < 1e-5);
  });
  const trailing = new Float32Array(C * H * W).fill(2);
  const { dgamma } = await normalizeBackward(x, dy, shape, {
    norm: { kind: "axes", axes: ["c", "h", "w"] },
    gamma: trailing,
  });
  assert.equal(dgamma.length, C * H * W);
  assert.equal(
    (
      await normalizeBackward(x, dy, shape, {
        norm: { kind: "axes", axes: ["c", "h", "w"] },
        gamma: perChannel,
      })
    ).dgamma.length,
    C,
  );
});

test("gradients treat running statistics as constants", async () => {
  const running = {
    runningMean: new Float32Array(C),
    runningVariance: new Float32Array(C).fill(4 - epsilon),
  };
  const { dx } = await normalizeBackward(x, dy, shape, { norm: { kind: "batch" }, mode: "eval", ...running });
  dx.forEach((dx, i) => assert.ok(Math.abs(dx - dy[i] / 2) < 1e-6));
});

/** @type {[string, () => unknown, RegExp][]} */
const slips = [
  [
    "a ρ beyond 1",
    () => normalize(x, shape, { norm: { kind: "batch-instance", rho: rho.map(r => r + 1) } }),
    /rho\[1\] is 1.2/,
  ],
  // @ts-expect-error two logits are none
  [
    "two logits",
    () => normalize(x, shape, { norm: { kind: "switchable", meanLogits: [1, 2] } }),
    /meanLogits needs three numbers/,
  ],
  ["no axes", () => normalize(x, shape, { norm: { kind: "axes", axes: [] } }), /no axis is named/],
  [
    "groups without channels",
    () => normalize(x, shape, { norm: { kind: "rms", axes: ["h"], groups: 2 } }),
    /need c among the axes/,
  ],
  [
    "a γ of neither length",
    () => normalize(x, shape, { norm: { kind: "axes", axes: ["c", "w"] }, gamma: new Float32Array(7) }),
    /gamma has 7 values, 12 expected/,
  ],
  [
    "parts that do not divide",
    () => normalize(x, shape, { norm: { kind: "ghost-batch", size: 3 } }),
    /batch span 3 does not divide 4 images/,
  ],
  ["no text of a norm", () => groupMap(shape, "gm2"), /“gm2” is not a norm, such as bn, gn8 or axes-chw/],
  ["no size", () => groupMap(shape, /** @type {any} */ ({ kind: "ghost-batch" })), /size is missing/],
  [
    "devices that do not divide",
    () => groupMap(shape, { kind: "sync-batch", devices: 3 }),
    /do not split evenly over 3 devices/,
  ],
];

for (const [what, call, message] of slips) {
  test(`${what} is reported`, async () => {
    await assert.rejects(
      async () => call(),
      error => error instanceof RangeError && message.test(error.message),
    );
  });
}
