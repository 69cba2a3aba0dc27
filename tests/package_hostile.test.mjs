// @ts-check
// Hostile calls of the package: every export with 20,000 seeded combinations of arguments that nobody should pass. A call
// either works or fails with an error that has a code, and afterwards the package still works.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as all from "../www/pkg/package/blue_cube.js";
import {
  Liar,
  SEED,
  below,
  detached,
  freed,
  images,
  junk,
  labels,
  next,
  ones,
  pick,
  revoked,
  thrower,
  x,
} from "./hostile_support.mjs";

/** How many calls; `CALLS` is for longer hunts. */
const N_CALLS = Number(process.env.CALLS ?? 20_000);

const CODES = [
  "bad-spec",
  "bad-message",
  "data-fetch",
  "data-format",
  "no-gpu",
  "gpu-limits",
  "gpu-lost",
  "gpu-failed",
  "diverged",
];

/** The package without its types: nothing here keeps to them. @type {any} */
const hostile = all;
const wasm = readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url));

test("calls before the package is loaded, and what cannot be loaded, fail with a code", async () => {
  const { groupMap, Run, initSync, default: init } = hostile;
  for (const call of [
    () => groupMap([1, 1, 1, 1], "bn"),
    () => Run.create({}),
    () => initSync(null),
    () => initSync({ module: new Uint8Array(3) }),
    () => initSync(thrower()),
    () => init(7),
    () => init({ module_or_path: "no-such-scheme:x" }),
    () => init(null),
  ])
    await assert.rejects(async () => call(), hasCode, String(call));
  initSync({ module: wasm });
});

/** Valid arguments, parts of which are replaced. @type {Record<string, () => any[]>} */
const VALID = {
  normalize: () => [x, [2, 4, 3, 2], options()],
  normalizeBackward: () => [x, x, [2, 4, 3, 2], options()],
  moments: () => [x, [2, 4, 3, 2], { norm: options().norm }],
  groupMap: () => [[2, 4, 3, 2], options().norm],
  foldBatchNorm: () => [
    {
      weight: x,
      outChannels: 4,
      beta: ones,
      mean: ones,
      variance: ones,
      epsilon: 0.1,
      bias: ones,
      gamma: ones,
    },
  ],
  readArrays: () => [mutated(npy), "x.npy", 100],
  writeNpy: () => [x, [2, 24]],
  writeNetwork: () => [
    snapshot,
    pick(["keras", "onnx", "pytorch", "safetensors", "onnx-folded"]),
    "MNIST",
    "test",
  ],
};
const SETUP = {
  images,
  labels,
  norm: "bn",
  batch: 4,
  learningRate: 1e-3,
  seed: 1,
  epsilon: 1e-3,
  device: "cpu",
};
const STATICS = {
  create: () => [{ ...SETUP }],
  restore: () => [snapshot, { images, labels, device: "cpu" }],
};
const METHODS = {
  step: () => [1],
  evaluate: () => [images, labels],
  snapshot: () => [{ data: false }],
  safetensors: () => [],
  onnx: () => [{ folded: true }],
};

const options = () => ({
  norm: pick([
    "bn",
    "ln",
    "in",
    "gn2",
    "bin",
    "sn",
    "ghost1",
    "axes-c",
    { kind: "group", groups: 2 },
    { kind: "rms", axes: ["c", "h"] },
  ]),
  epsilon: 1e-5,
});

/** @type {any} */
let run;
/** @type {Uint8Array} */
let snapshot;
/** @type {Uint8Array} */
let npy;

/** Bytes with one changed, or cut off. @param {Uint8Array} bytes */
function mutated(bytes) {
  const copy = bytes.slice(0, next() < 0.3 ? below(bytes.length) : bytes.length);
  if (copy.length) copy[below(Math.min(copy.length, 130))] = below(256);
  return copy;
}

const isPlain = (/** @type {any} */ value) =>
  Boolean(value) && Object.getPrototypeOf(value) === Object.prototype;

/** Replaces some arguments, or properties of one, by junk. @param {any[]} valid */
function spoiled(valid) {
  const list = [...valid];
  for (let n = 1 + below(2); n > 0; n--) {
    const at = below(list.length + 1),
      value = list[at];
    if (value === valid[at] && isPlain(value) && next() < 0.6) {
      const key = pick([
        ...Object.keys(value),
        "banana",
        "mode",
        "gamma",
        "runningMean",
        "device",
        "optimizer",
        "model",
        "rho",
        "axes",
      ]);
      const replaced = Object.defineProperties({}, Object.getOwnPropertyDescriptors(value));
      if (next() < 0.2) Object.defineProperty(replaced, key, { get: () => thrower().x, enumerable: true });
      else Object.defineProperty(replaced, key, { value: junk(), enumerable: true, configurable: true });
      list[at] = replaced;
    } else if (next() < 0.1) list.splice(at);
    else list[at] = junk();
  }
  return list;
}

/** Whether it is an error with a code. @param {any} error */
function hasCode(error) {
  assert.ok(error instanceof Error, `${String(error)} is not an Error`);
  assert.ok(
    CODES.includes(/** @type {any} */ (error).code),
    `${error.stack} has the code ${/** @type {any} */ (error).code}`,
  );
  assert.doesNotMatch(
    error.message,
    /bug in the package|unreachable|out of bounds|null pointer|recursive/,
    error.stack,
  );
  return true;
}

test("20,000 hostile calls: no panic, and no error without a code", { timeout: 600_000 }, async () => {
  run = await hostile.Run.create(SETUP);
  freed.push(await hostile.Run.create(SETUP));
  freed[0].free();
  snapshot = await run.snapshot({ data: false });
  npy = hostile.writeNpy(x, [48]);
  const want = await hostile.normalize(x, [2, 4, 3, 2], { norm: "gn2" });
  const counts = { worked: 0, failed: 0 };
  const quick = Object.keys(VALID).filter(name => name !== "writeNetwork");
  for (let call = 0; call < N_CALLS; call++) {
    // What is slow when it works is called less often.
    const kind = next();
    /** @type {[any, any, any, string]} */
    let [owner, functions, table, name] = [hostile, hostile, VALID, pick(quick)];
    if (kind < 0.01) name = "writeNetwork";
    else if (kind < 0.06)
      [owner, functions, table, name] = [hostile.Run, hostile.Run, STATICS, pick(Object.keys(STATICS))];
    else if (kind < 0.12)
      [owner, functions, table, name] = [
        pick([run, ...freed, junk()]),
        hostile.Run.prototype,
        METHODS,
        pick(Object.keys(METHODS)),
      ];
    const args = spoiled(table[name]());
    // A number of steps that takes years is none to try.
    if (name === "step" && typeof args[0] === "number" && args[0] > 2) args[0] = -args[0];
    try {
      const result = await Promise.resolve(Reflect.apply(functions[name], owner, args));
      if (result instanceof hostile.Run) result.free();
      counts.worked++;
    } catch (error) {
      counts.failed++;
      try {
        hasCode(error);
      } catch (fault) {
        throw new Error(`call ${call} of seed ${SEED}, ${name}: ${/** @type {Error} */ (fault).message}`, {
          cause: fault,
        });
      }
    }
  }
  console.log(
    `${N_CALLS} calls of seed ${SEED}: ${counts.worked} worked, ${counts.failed} failed with a code`,
  );
  assert.ok(counts.failed > N_CALLS / 2);
  assert.deepEqual(
    await hostile.normalize(x, [2, 4, 3, 2], { norm: "gn2" }),
    want,
    "the package still works",
  );
  assert.equal((await run.step(1)).step > 0, true);
});

test("shapes that do not fit in memory are refused before any is taken", async () => {
  const { groupMap, normalize, moments } = hostile;
  for (const shape of [
    [2 ** 29, 1, 1, 1],
    [1, 2 ** 30, 1, 1],
    [2 ** 15, 2 ** 15, 1, 1],
    [1, 1, 2 ** 16, 2 ** 15],
    [2 ** 32 - 1, 1, 1, 1],
  ]) {
    for (const norm of ["bn", "in", "ln", "axes-c"])
      for (const call of [
        () => groupMap(shape, norm),
        () => normalize(x, shape, { norm }),
        () => moments(x, shape, { norm }),
      ])
        await assert.rejects(
          async () => call(),
          /** @param {any} error */ error =>
            hasCode(error) && /too large|values, \d+ expected/.test(error.message),
        );
  }
});

test("what a caller’s own code throws is told, with a code", async () => {
  const spoiledOptions = {
    get norm() {
      throw new TypeError("my own");
    },
  };
  await assert.rejects(hostile.normalize(x, [2, 4, 3, 2], spoiledOptions), {
    code: "bad-spec",
    message: "norm cannot be read: my own",
  });
  assert.throws(() => hostile.groupMap(revoked([]), "bn"), { code: "bad-spec" });
  await assert.rejects(hostile.normalize(detached(new Float32Array(48)), [2, 4, 3, 2], { norm: "bn" }), {
    code: "bad-spec",
    message: /^x cannot be read: /,
  });
  // An array of a caller's class is read by its values, not by what it says of itself.
  const { y } = await hostile.normalize(new Liar([1, 3]), [1, 1, 1, 2], { norm: "in", epsilon: 0 });
  assert.deepEqual([...y], [-1, 1]);
});
