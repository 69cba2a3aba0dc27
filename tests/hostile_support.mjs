// @ts-check
// Values that nobody should pass to the package, seeded: wrong types, wrong numbers, objects whose own code throws, arrays
// whose memory is gone.

import { runInNewContext } from "node:vm";
import * as all from "../www/pkg/package/blue_cube.js";

/** @type {any} */
const hostile = all;

/** Runs that were freed. @type {unknown[]} */
export const freed = [];

/** A generator of numbers from 0 to 1 (mulberry32). @param {number} seed */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
/** Where the seed is: `SEED` is for longer hunts. */
export const SEED = Number(process.env.SEED ?? 1);
export const next = random(SEED);
export const below = (/** @type {number} */ n) => Math.floor(next() * n);
/** @template T @param {T[]} list */
export const pick = list => /** @type {T} */ (list[below(list.length)]);

/** An object whose every trap and getter throws. */
export function thrower() {
  const fail = () => {
    throw new Error("a trap");
  };
  const traps = ["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "set"];
  return new Proxy({}, Object.fromEntries(traps.map(trap => [trap, fail])));
}

export function revoked(target = {}) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A typed array whose buffer was transferred. @param {Float32Array | Uint8Array} array */
export function detached(array) {
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

/** An array that says of itself what is not so. */
export class Liar extends Float32Array {
  get length() {
    return 1e9;
  }
  get [Symbol.toStringTag]() {
    return /** @type {any} */ ("Uint8Array");
  }
}

export const x = new Float32Array(48).map((_, i) => Math.sin(i * i));
export const ones = new Float32Array(4).fill(1);
export const images = new Uint8Array(784 * 20).map((_, i) => (i * i) % 251);
export const labels = new Uint8Array(20).map((_, i) => i % 10);
const view = () =>
  Object.defineProperty(new DataView(new ArrayBuffer(8)), Symbol.toStringTag, { value: "Float32Array" });

/** Anything. @returns {unknown} */
export const junk = () => pick(JUNK)();
/** @type {(() => unknown)[]} */
const JUNK = [
  () => undefined,
  () => null,
  () =>
    pick([
      NaN,
      -0,
      -1,
      0.5,
      1e300,
      -1e300,
      Infinity,
      -Infinity,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53,
      1e-45,
    ]),
  () =>
    pick([
      "",
      "bn",
      "gn0",
      "gn99999999999",
      "\u0000",
      "\ud800",
      "__proto__",
      "a".repeat(10_000),
      "axes-",
      "ghost0",
    ]),
  () => pick([true, false, 7n, -(2n ** 70n), Symbol("s"), Symbol.iterator]),
  () =>
    pick([() => {}, class {}, async () => {}, Math, globalThis, JSON, /x/, new Date(NaN), new Error("e")]),
  () =>
    pick([
      [],
      [1],
      [1, 2, 3, 4],
      [2 ** 32, 1, 1, 1],
      [0, 0, 0, 0],
      [-1, 1, 1, 1],
      ["2", 4, 3, 2],
      [[2], 4, 3, 2],
      [1.5],
    ]),
  () =>
    pick([
      [2 ** 16, 2 ** 16, 1, 1],
      [2 ** 29, 1, 1, 1],
      [1, 2 ** 31, 1, 1],
      [2 ** 32 - 1, 0, 2 ** 32 - 1, 1],
    ]),
  () => new Array(2 ** 32 - 1),
  () => Object.defineProperty([2, 4, 3, 2], pick(["0", "2"]), { get: () => thrower().x }),
  () =>
    new Proxy([2, 4, 3, 2], {
      get: (of, key) => (key === "length" ? pick([4, 1e9, NaN, "4", 2 ** 53]) : of[/** @type {any} */ (key)]),
    }),
  () => thrower(),
  () => revoked(pick(/** @type {any[]} */ ([{}, [], x, ones]))),
  () => ({
    get norm() {
      throw pick(
        /** @type {any[]} */ ([new TypeError("no"), "text", 5, null, undefined, Symbol("s"), thrower()]),
      );
    },
  }),
  () => ({
    kind: pick(["group", "batch", "axes", "rms", "switchable", "lair", 5]),
    [pick(["groups", "axes", "rho", "meanLogits", "size", "__proto__"])]: pick(JUNK)(),
  }),
  () => Object.create(null, { norm: { get: thrower } }),
  () => Object.create({ norm: "bn" }),
  () => detached(new Float32Array(48)),
  () => detached(new Uint8Array(48)),
  () => new Float32Array(new SharedArrayBuffer(192)),
  () => new Uint8Array(new SharedArrayBuffer(192)),
  () => new Float32Array(new ArrayBuffer(192, /** @type {any} */ ({ maxByteLength: 400 }))),
  () =>
    pick([
      new Float64Array(48),
      new Float32Array(0),
      new Uint8Array(0),
      new Int8Array(48),
      new BigInt64Array(6),
      new Uint8ClampedArray(48),
      new ArrayBuffer(192),
    ]),
  () => new Liar(4),
  () => view(),
  () => pick([x.map(() => NaN), x.map(() => 3e38), x.map(() => Infinity), x.subarray(1), ones]),
  () =>
    runInNewContext(
      pick([
        "[2, 4, 3, 2]",
        "new Float32Array(48)",
        "({ norm: 'bn' })",
        "new Error('other')",
        "new Uint8Array(784)",
      ]),
    ),
  () =>
    pick([
      ...freed,
      hostile.Run,
      hostile.Run.prototype,
      Object.create(hostile.Run.prototype),
      { __wbg_ptr: below(2 ** 31) },
    ]),
  () => Promise.reject(new Error("nobody waits")).catch(() => {}),
];
