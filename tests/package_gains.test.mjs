// @ts-check
// What `Run.create` says of γ and β, and the networks and optimizers of the page: each option acts, is kept in snapshots and
// stands in the files.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Run, initSync, readArrays, writeNetwork } from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @typedef {import('../www/pkg/package/blue_cube.js').RunSetup} RunSetup */

const N_IMAGES = 40;
const images = new Uint8Array(784 * N_IMAGES).map((_, i) => (i * i) % 251);
const labels = new Uint8Array(N_IMAGES).map((_, i) => i % 10);

/** @type {RunSetup} */
const setup = { images, labels, norm: "bn", batch: 4, learningRate: 0.02, seed: 1, device: "cpu" };

/** γ and β of the first norm; undefined where the file has none. @param {Run} run */
async function halvesOf(run) {
  const members = readArrays(await run.safetensors(), "weights.safetensors");
  return ["gamma", "beta"].map(half => {
    const member = members.find(({ name }) => name === `norm_0.${half}`);
    return member && /** @type {any} */ (member).data;
  });
}

/** @param {ArrayLike<number>} values */
const norm = values => Math.hypot(...Array.from(values));

/** Each option, what holds of γ and β after some steps, and the words of both programs. @type {[Partial<RunSetup>, (gamma: any, beta: any) => boolean, RegExp, RegExp][]} */
const OPTIONS = [
  [{ scale: false }, (gamma, beta) => !gamma && beta.length === 10, /gamma=None/, /scale=False/],
  [{ center: false }, (gamma, beta) => !beta && gamma.length === 10, /beta=None/, /center=False/],
  [
    { gammaInitializer: "zeros", gammaConstraint: "non-neg" },
    gamma => gamma.every((/** @type {number} */ value) => value >= 0),
    /constant_\(w, 0\), lambda w: w\.clamp\(min=0\)/,
    /gamma_constraint=keras\.constraints\.NonNeg\(\)/,
  ],
  [
    { gammaConstraint: "unit-norm" },
    gamma => Math.abs(norm(gamma) - 1) < 1e-5,
    /scaled\(w, 1\)/,
    /gamma_constraint=keras\.constraints\.UnitNorm/,
  ],
  [
    { betaConstraint: { kind: "max-norm", max: 0.01 } },
    (_, beta) => norm(beta) <= 0.01001,
    /scaled\(w, w\.norm\(\)\.clamp\(max=0\.01\)\)/,
    /beta_constraint=keras\.constraints\.MaxNorm\(0\.01/,
  ],
  [
    { betaInitializer: { kind: "uniform", low: 4, high: 5 }, betaRegularizer: { l2: 0.5 } },
    (_, beta) => norm(beta) > 3 * 3,
    /uniform_\(w, 4, 5\), None, 0, 0\.5/,
    /beta_regularizer=keras\.regularizers\.L1L2\(0, 0\.5\)/,
  ],
];

for (const [more, holds, pytorch, keras] of OPTIONS) {
  test(`${JSON.stringify(more)} acts, is kept and is written`, async () => {
    const run = await Run.create({ ...setup, ...more });
    await run.step(8);
    const [gamma, beta] = await halvesOf(run);
    assert.ok(holds(gamma, beta), `${gamma} ${beta}`);
    const snapshot = await run.snapshot();
    const again = await Run.restore(snapshot);
    assert.deepEqual(await again.step(3), await run.step(3));
    const program = async (/** @type {"pytorch" | "keras"} */ format) =>
      new TextDecoder().decode(await writeNetwork(snapshot, format));
    assert.match(await program("pytorch"), pytorch);
    assert.match(await program("keras"), keras);
    assert.ok((await run.onnx()).length > 1000);
    assert.ok((await run.onnx({ folded: true })).length > 1000);
  });
}

test("a penalty changes the run", async () => {
  const [plain, penalized] = await Promise.all(
    [{}, { gammaRegularizer: { l1: 100 } }].map(async more => {
      const run = await Run.create({ ...setup, ...more });
      await run.step(20);
      return norm((await halvesOf(run))[0]);
    }),
  );
  // Adam moves a γ whose gradient is nearly the slope of its penalty by its rate in each step: from 1 to 1 − 20·0.02.
  assert.ok(Math.abs(penalized - 0.6 * Math.sqrt(10)) < 0.01 && plain > 2, `${penalized}, without ${plain}`);
});

/** @type {NonNullable<RunSetup["model"]>[]} */
const MODELS = ["tutorial", "source-d", "deep", "row-rnn", "row-gru", { kind: "row-gru", units: 8 }];
for (const model of MODELS) {
  test(`${JSON.stringify(model)} trains without γ`, async () => {
    const run = await Run.create({ ...setup, norm: "ln", model, batch: 2, scale: false });
    const { step, loss } = await run.step(2);
    assert.ok(step === 2 && Number.isFinite(loss), `${loss}`);
    const names = readArrays(await run.safetensors(), "weights.safetensors").map(({ name }) => name);
    assert.ok(
      names.some(name => name.endsWith(".beta")) && !names.some(name => name.endsWith(".gamma")),
      `${names}`,
    );
    assert.ok((await run.onnx()).length > 1000);
  });
}

test("every optimizer and momentum gives another curve", async () => {
  /** @type {Partial<RunSetup>[]} */
  const variants = [
    {},
    { optimizer: "ams-grad" },
    { optimizer: "sgd" },
    { optimizer: { kind: "sgd", momentum: 0.9 } },
    { epsilon: 0.5 },
  ];
  const losses = await Promise.all(
    variants.map(async more => (await (await Run.create({ ...setup, ...more })).step(12)).loss),
  );
  assert.equal(new Set(losses).size, variants.length, `${losses}`);
  const evaluated = await Promise.all(
    [0.01, 0.5].map(async momentum => {
      const run = await Run.create({ ...setup, momentum });
      await run.step(4);
      return (await run.evaluate(images, labels)).loss;
    }),
  );
  assert.notEqual(evaluated[0], evaluated[1]);
});

test("a plateau lowers the rate when the loss has stopped falling", async () => {
  const run = await Run.create({ ...setup, plateau: { factor: 0.5, patience: 1 } });
  await run.step(1);
  assert.deepEqual(await run.endEpoch(1), { learningRate: Math.fround(0.02), lowered: false });
  assert.deepEqual(await run.endEpoch(1), { learningRate: Math.fround(0.01), lowered: true });
  const again = await Run.restore(await run.snapshot());
  assert.deepEqual(await again.step(2), await run.step(2));
  assert.deepEqual(await again.endEpoch(2), { learningRate: Math.fround(0.005), lowered: true });
});

/** @param {RegExp} message */
const told = message => (/** @type {any} */ error) => {
  assert.match(error.message, message);
  assert.equal(error.code, "bad-spec");
  return true;
};

/** Options of γ and β, and of training, that are wrong, and what is said. @type {[object, RegExp][]} */
const wrongly = [
  [{ center: 1 }, /^center is 1, expected true or false$/],
  [{ scale: "no" }, /^scale is of type String|^scale is .*expected true or false/],
  [
    { gammaInitializer: "glorot" },
    /^gammaInitializer is glorot, expected ones or zeros or random-uniform or random-normal$/,
  ],
  [{ betaInitializer: { kind: "uniform", low: 1 } }, /^the high of betaInitializer is missing$/],
  [
    { betaInitializer: { kind: "uniform", low: 1, high: 0 } },
    /^betaInitializer: the initializer's high is 0, not a finite number not below its low$/,
  ],
  [
    { gammaInitializer: { kind: "normal", mean: 0, deviation: -1 } },
    /^gammaInitializer: the initializer's deviation is -1, not a finite number not below 0$/,
  ],
  [{ gammaInitializer: NaN }, /^gammaInitializer: the initial value is NaN, not a finite number$/],
  [
    { gammaInitializer: { kind: "normal", mean: 0, high: 1 } },
    /^gammaInitializer of kind "normal" has no option "high": its options are kind, mean, deviation$/,
  ],
  [{ gammaConstraint: "positive" }, /^gammaConstraint is positive, expected non-neg or unit-norm$/],
  [
    { betaConstraint: { kind: "max-norm", max: -1 } },
    /^betaConstraint: the constraint's max is -1, not a finite number not below 0$/,
  ],
  [
    { betaConstraint: { kind: "cube" } },
    /^kind is cube, expected non-neg or unit-norm or max-norm or min-max-norm or clip$/,
  ],
  [
    { gammaConstraint: { kind: "max-norm", max: 1, min: 0 } },
    /^gammaConstraint of kind "max-norm" has no option "min": its options are kind, max$/,
  ],
  [{ gammaRegularizer: 0.01 }, /^gammaRegularizer is 0.01, expected an object such as \{ l2: 0.01 \}$/],
  [
    { betaRegularizer: { l2: -1 } },
    /^betaRegularizer: the regularizer's l2 is -1, not a finite number not below 0$/,
  ],
  [{ center: false, betaInitializer: "ones" }, /^betaInitializer has no effect: center is false$/],
  [{ scale: false, gammaRegularizer: { l1: 1 } }, /^gammaRegularizer has no effect: scale is false$/],
  [{ norm: "none", center: true }, /^center has no effect: there is no norm$/],
  [{ norm: "none", momentum: 0.5 }, /^momentum has no effect: there is no norm$/],
  [{ norm: "ln", momentum: 0.5 }, /^momentum has no effect: this norm keeps no running statistics$/],
  [{ momentum: 2 }, /^the momentum of running statistics is 2, not a number from 0 to 1$/],
  [{ model: "resnet" }, /^model is resnet, expected tutorial or source-d or deep or row-rnn or row-gru$/],
  [{ model: { kind: "row-rnn", units: 0 } }, /^the number of units is 0, not a number from 1 to 512$/],
  [{ model: { kind: "deep", units: 3 } }, /^kind is deep, expected row-rnn or row-gru$/],
  [{ optimizer: "lion" }, /^optimizer is lion, expected adam or ams-grad or sgd$/],
  [{ optimizer: { kind: "adam", momentum: 0.5 } }, /^momentum has no effect: only sgd has one$/],
  [
    { optimizer: { kind: "sgd", momentum: 1 } },
    /^the optimizer's momentum is 1, not a number from 0 to below 1$/,
  ],
  [{ plateau: { factor: 1 } }, /^the plateau's factor is 1, not a number between 0 and 1$/],
  [{ plateau: { minDelta: -1 } }, /^the plateau's least improvement is -1, not a finite number not below 0$/],
  [{ plateau: { minLr: Infinity } }, /^the plateau's lowest rate is inf, not a finite number not below 0$/],
  [{ plateau: { patience: 1.5 } }, /^patience is 1.5, expected a whole number/],
];
for (const [more, message] of wrongly) {
  test(`Run.create: ${JSON.stringify(more)} is refused by name`, async () => {
    await assert.rejects(Run.create(/** @type {any} */ ({ ...setup, ...more })), told(message));
  });
}

test("endEpoch of a run without a plateau is refused", async () => {
  const run = await Run.create(setup);
  await assert.rejects(run.endEpoch(1), told(/^endEpoch has no effect: the run has no plateau$/));
  await assert.rejects(run.endEpoch(/** @type {any} */ ("1")), told(/^loss is .*expected a number$/));
});
