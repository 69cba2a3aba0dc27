// @ts-check
// How the package handles options that are unknown, have no effect or the wrong type: always an error that names them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  Run,
  foldBatchNorm,
  groupMap,
  initSync,
  moments,
  normalize,
  normalizeBackward,
  readArrays,
  writeNetwork,
  writeNpy,
} from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @typedef {(options?: any) => unknown} Call */

/** @type {import('../www/pkg/package/blue_cube.js').Shape} */
const shape = [3, 4, 2, 2];
const x = new Float32Array(48).map((_, i) => Math.sin(i * i) + i / 10);
const ones = new Float32Array(4).fill(1);
const images = new Uint8Array(784 * 20).map((_, i) => (i * i) % 251);
const labels = new Uint8Array(20).map((_, i) => i % 10);
const norm = { kind: "batch" };
const running = { runningMean: ones, runningVariance: ones };
const setup = { images, labels, norm, batch: 4, learningRate: 1e-3, seed: 1, device: "cpu" };
const layers = { weight: x, outChannels: 4, beta: ones, mean: ones, variance: ones };
const run = await Run.create(setup);
const snapshot = await run.snapshot({ data: false });

/** Every function that takes options, with valid ones. @type {Record<string, [Call, Record<string, any>]>} */
const functions = {
  normalize: [options => normalize(x, shape, options), { norm }],
  normalizeBackward: [options => normalizeBackward(x, x, shape, options), { norm }],
  moments: [options => moments(x, shape, options), { norm }],
  foldBatchNorm: [options => foldBatchNorm(options), layers],
  "Run.create": [options => Run.create(options), setup],
  "Run.restore": [options => Run.restore(snapshot, options), { images, labels }],
  snapshot: [options => run.snapshot(options), {}],
  onnx: [options => run.onnx(options), {}],
  norm: [options => groupMap(shape, options), norm],
  optimizer: [options => Run.create({ ...setup, optimizer: options }), { kind: "adam" }],
  trainOn: [options => writeNetwork(snapshot, "keras", "MNIST", options), { "first-of-each-class": 2 }],
};

/** @param {RegExp | string} message @param {string} [code] */
const told =
  (message, code = "bad-spec") =>
  (/** @type {unknown} */ error) => {
    assert.ok(error instanceof Error, `${error} is not an Error`);
    typeof message === "string" ? assert.equal(error.message, message) : assert.match(error.message, message);
    assert.equal(/** @type {any} */ (error).code, code);
    return true;
  };
/** A throw as a rejection. @param {() => unknown} call */
const later = async call => call();

for (const [name, [call, good]] of Object.entries(functions)) {
  test(`${name}: what is unknown is named, and everything known is read`, async () => {
    await call(good);
    const unknown = await later(() => call({ ...good, banana: 1 })).then(
      () => assert.fail(`${name} takes a banana`),
      error => error,
    );
    told(new RegExp(`^${name} has no option "banana": its options are `))(unknown);
    for (const key of unknown.message.split("its options are ")[1].split(", ")) {
      await assert.rejects(
        later(() => call({ ...good, [key]: Symbol("nothing of that") })),
        told(new RegExp(key)),
        key,
      );
    }
    await call({ ...good, banana: undefined });
    for (const wrong of [0, true, "all", Symbol("options")]) {
      await assert.rejects(
        later(() => call(wrong)),
        told(/expected|^trainOn must be|^“all” is not a norm/),
        String(wrong),
      );
    }
  });
}

/** @type {[keyof typeof functions, object, string][]} */
const renamed = [
  ["normalize", { eps: 1 }, 'normalize has no option "eps": did you mean "epsilon"?'],
  ["normalize", { weight: ones }, 'normalize has no option "weight": did you mean "gamma"?'],
  ["normalize", { bias: ones }, 'normalize has no option "bias": did you mean "beta"?'],
  [
    "normalize",
    { running_mean: ones },
    'normalize has no option "running_mean": did you mean "runningMean"?',
  ],
  [
    "normalizeBackward",
    { running_var: ones },
    'normalizeBackward has no option "running_var": did you mean "runningVariance"?',
  ],
  ["normalize", { training: false }, 'normalize has no option "training": did you mean "mode"?'],
  ["moments", { epsilon: 1 }, 'moments has no option "epsilon": its options are norm, device'],
  ["foldBatchNorm", { eps: 1 }, 'foldBatchNorm has no option "eps": did you mean "epsilon"?'],
  [
    "foldBatchNorm",
    { out_channels: 4 },
    'foldBatchNorm has no option "out_channels": did you mean "outChannels"?',
  ],
  [
    "foldBatchNorm",
    { running_var: ones },
    'foldBatchNorm has no option "running_var": did you mean "variance"?',
  ],
  ["Run.create", { lr: 1 }, 'Run.create has no option "lr": did you mean "learningRate"?'],
  ["Run.create", { batch_size: 1 }, 'Run.create has no option "batch_size": did you mean "batch"?'],
  ["norm", { num_groups: 2 }, 'norm has no option "num_groups": did you mean "groups"?'],
];
for (const [name, wrong, message] of renamed) {
  test(`${name} ${Object.keys(wrong)}: the right name is offered`, async () => {
    const [call, good] = functions[name];
    await assert.rejects(
      later(() => call({ ...good, ...wrong })),
      told(message),
    );
  });
}

for (const clipNorm of [0, -1, NaN, Infinity, 1e7]) {
  test(`Run.create: gradients are not clipped at ${clipNorm}`, async () => {
    await assert.rejects(Run.create(/** @type {any} */ ({ ...setup, clipNorm })), told(/clip/));
  });
}

test("Run.create: clipNorm changes the run, and its snapshot keeps it", async () => {
  const losses = async (/** @type {object} */ more) => {
    const run = await Run.create(/** @type {any} */ ({ ...setup, device: "cpu", ...more }));
    const again = await Run.restore(await run.snapshot());
    const [last, repeated] = [await run.step(3), await again.step(3)];
    assert.deepEqual(last, repeated);
    return last.loss;
  };
  const free = await losses({});
  assert.equal(await losses({ clipNorm: 1e6 }), free);
  assert.notEqual(await losses({ clipNorm: 1e-3 }), free);
});

/** @type {[keyof typeof functions, object, string][]} */
const idle = [
  ["normalize", { norm: { kind: "none" }, epsilon: 1 }, "epsilon has no effect: there is no norm"],
  ["normalize", { norm: { kind: "none" }, gamma: ones }, "gamma has no effect: there is no norm"],
  [
    "normalize",
    { norm: { kind: "layer" }, mode: "eval", ...running },
    "runningMean has no effect: this norm keeps no running statistics",
  ],
  ["normalize", running, 'runningMean has no effect: mode "train" uses the statistics of x'],
  [
    "normalizeBackward",
    { mode: "train", runningVariance: ones },
    'runningVariance has no effect: mode "train" uses the statistics of x',
  ],
  [
    "normalize",
    { norm: { kind: "batch", groups: 2 } },
    'a norm of kind "batch" has no option "groups": its options are kind',
  ],
  [
    "normalize",
    { norm: { kind: "batch", rho: ones } },
    'a norm of kind "batch" has no option "rho": its options are kind',
  ],
  [
    "moments",
    { norm: { kind: "group", groups: 2, axes: ["c"] } },
    'a norm of kind "group" has no option "axes": its options are kind, groups',
  ],
  [
    "Run.create",
    { norm: { kind: "switchable", meanLogits: [1, 2, 3] } },
    "rho, meanLogits and varianceLogits have no effect: a network learns them, starting at 1",
  ],
  ["Run.create", { norm: { kind: "none" }, epsilon: 1 }, "epsilon has no effect: there is no norm"],
];
for (const [name, change, message] of idle) {
  test(`${name}: ${message}`, async () => {
    const [call, good] = functions[name];
    await assert.rejects(
      later(() => call({ ...good, ...change })),
      told(message),
    );
  });
}

test("a file of weights accepts no name for its data", async () => {
  await assert.rejects(writeNetwork(snapshot, "onnx", "MNIST"), told(/^data has no effect/));
  await assert.rejects(
    writeNetwork(snapshot, "safetensors", undefined, "test"),
    told(/^trainOn has no effect/),
  );
});

/** Every argument of every function, by place. @type {[string, (wrong: any) => unknown, { optional?: boolean }?][]} */
const positions = [
  ["x of normalize", wrong => normalize(wrong, shape, /** @type {any} */ ({ norm }))],
  ["shape of normalize", wrong => normalize(x, wrong, /** @type {any} */ ({ norm }))],
  ["options of normalize", wrong => normalize(x, shape, wrong)],
  ["x of normalizeBackward", wrong => normalizeBackward(wrong, x, shape, /** @type {any} */ ({ norm }))],
  ["dy of normalizeBackward", wrong => normalizeBackward(x, wrong, shape, /** @type {any} */ ({ norm }))],
  ["x of moments", wrong => moments(wrong, shape, /** @type {any} */ ({ norm }))],
  ["shape of groupMap", wrong => groupMap(wrong, /** @type {any} */ (norm))],
  ["norm of groupMap", wrong => groupMap(shape, wrong)],
  ["layers of foldBatchNorm", wrong => foldBatchNorm(wrong)],
  ["bytes of readArrays", wrong => readArrays(wrong)],
  ["name of readArrays", wrong => readArrays(writeNpy(x, [48]), wrong), { optional: true }],
  ["mostValues of readArrays", wrong => readArrays(writeNpy(x, [48]), "x", wrong), { optional: true }],
  ["data of writeNpy", wrong => writeNpy(wrong, [48])],
  ["shape of writeNpy", wrong => writeNpy(x, wrong)],
  ["snapshot of writeNetwork", wrong => writeNetwork(wrong, "onnx")],
  ["format of writeNetwork", wrong => writeNetwork(snapshot, wrong)],
  ["data of writeNetwork", wrong => writeNetwork(snapshot, "keras", wrong), { optional: true }],
  ["trainOn of writeNetwork", wrong => writeNetwork(snapshot, "keras", "MNIST", wrong), { optional: true }],
  ["setup of Run.create", wrong => Run.create(wrong)],
  ["bytes of Run.restore", wrong => Run.restore(wrong)],
  ["n of step", wrong => run.step(wrong)],
  ["images of evaluate", wrong => run.evaluate(wrong, labels)],
  ["labels of evaluate", wrong => run.evaluate(images, wrong)],
];
for (const [what, call, { optional = false } = {}] of positions) {
  test(`${what}: whatever is passed, an error has a code`, async () => {
    for (const wrong of [undefined, null]) {
      if (optional) await call(wrong);
      else
        await assert.rejects(
          later(() => call(wrong)),
          told(/./),
          String(wrong),
        );
    }
    const wrongs = [
      true,
      -1,
      NaN,
      Symbol("wrong"),
      7n,
      {},
      [1.5],
      () => {},
      new Date(0),
      new Float64Array(48),
      new DataView(new ArrayBuffer(8)),
      run,
    ];
    for (const wrong of wrongs)
      await assert.rejects(
        later(() => call(wrong)),
        told(/./),
        String(wrong),
      );
  });
}

test("a wrong argument is named by its type", async () => {
  const call = (/** @type {any} */ x) => normalize(x, shape, { norm: { kind: "batch" } });
  for (const [wrong, message] of /** @type {[any, string][]} */ ([
    [null, "x is null, expected a Float32Array"],
    [5, "x is 5, expected a Float32Array"],
    [[1, 2], "x is an array, expected a Float32Array"],
    [new Float64Array(2), "x is of type Float64Array, expected a Float32Array"],
    ["x", "x is of type string, expected a Float32Array"],
  ]))
    await assert.rejects(call(wrong), told(message));
  await assert.rejects(
    normalize(x, /** @type {any} */ ([3, 4, 2, 2, 1]), { norm: { kind: "batch" } }),
    told(/four whole numbers/),
  );
  await assert.rejects(
    normalize(x, shape, { norm: /** @type {any} */ (5) }),
    told('norm is 5, expected a text such as "bn" or an object such as { kind: "batch" }'),
  );
});

test("null counts as an absent option", async () => {
  const without = await normalize(x, shape, { norm: { kind: "batch" } });
  const nulls = /** @type {any} */ ({
    norm: { kind: "batch" },
    gamma: null,
    beta: null,
    epsilon: null,
    mode: null,
    runningMean: null,
    device: null,
  });
  assert.deepEqual(await normalize(x, shape, nulls), without);
  const biased = { .../** @type {any} */ (layers), bias: null, gamma: null, epsilon: null, formula: null };
  assert.deepEqual(foldBatchNorm(biased), foldBatchNorm(layers));
});

test("arrays of another realm are arrays, and what is passed may change after the call", async () => {
  const want = await normalize(x, shape, { norm: { kind: "batch" } });
  const foreign = runInNewContext("Float32Array").from(x);
  assert.ok(!(foreign instanceof Float32Array));
  assert.deepEqual(await normalize(foreign, shape, { norm: { kind: "batch" } }), want);
  const mine = x.slice(),
    options = { norm: /** @type {any} */ ({ kind: "batch" }) };
  const call = normalize(mine, shape, options);
  mine.fill(0);
  options.norm = { kind: "none" };
  assert.deepEqual(await call, want);
});

test("a fold without γ is one with ones, and a negative variance is refused", () => {
  assert.deepEqual(foldBatchNorm(layers), foldBatchNorm({ ...layers, gamma: ones }));
  const negative = Float32Array.of(1, 1, -1e-6, 1);
  assert.throws(
    () => foldBatchNorm({ ...layers, variance: negative }),
    told(/^variance\[2\] is -0\.000001, a finite number not below 0 expected$/),
  );
  assert.throws(() => foldBatchNorm({ ...layers, epsilon: -1 }), told(/^epsilon is -1/));
  assert.throws(
    () => foldBatchNorm({ ...layers, outChannels: 2 ** 31, gamma: null }),
    told(/positive multiple of 2147483648/),
  );
});

test("evaluation of ghost batch norm uses running statistics, whatever the batch", async () => {
  const evaluated = {
    mode: /** @type {const} */ ("eval"),
    runningMean: Float32Array.of(0, 1, 2, 3),
    runningVariance: Float32Array.of(1, 1, 4, 4),
  };
  const want = (await normalize(x, shape, { norm: { kind: "batch" }, ...evaluated })).y;
  assert.deepEqual(
    (await normalize(x, shape, { norm: { kind: "ghost-batch", size: 2 }, ...evaluated })).y,
    want,
  );
  assert.deepEqual(
    (await normalize(x, shape, { norm: { kind: "sync-batch", devices: 2 }, ...evaluated })).y,
    want,
  );
  await assert.rejects(
    normalize(x, shape, { norm: { kind: "ghost-batch", size: 2 } }),
    told(/batch span 2 does not divide 3 images/),
  );
});

test("ε of a run is its norm’s", async () => {
  const losses = async (/** @type {number | undefined} */ epsilon) => {
    const run = await Run.create(/** @type {any} */ ({ ...setup, epsilon }));
    return (await run.step(2)).loss;
  };
  assert.equal(await losses(1e-5), await losses(undefined));
  assert.notEqual(await losses(1), await losses(undefined));
  await assert.rejects(losses(0), told(/epsilon is 0, not a finite number above 0/));
});
