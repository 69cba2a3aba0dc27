// @ts-check
// The store and the scenes of large tensors: they are prepared in slices, and nothing that the reader chooses meanwhile is lost.
// `node --test tests/store.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../www/ui/lib/store.js";

/** A store of scenes in which `size` and `method` take slices if the size is above 1, and what it told. @param {any} first */
function storeOf(first) {
  const told = /** @type {string[]} */ ([]),
    counts = { steps: 0, freed: 0, begun: 0 };
  let prepared = "";
  const key = (/** @type {any} */ scene) => `${scene.size} ${scene.method}`;
  const prepare = (/** @type {any} */ scene) => {
    if (scene.size === 1 || key(scene) === prepared) return undefined;
    let left = 40;
    counts.begun++;
    return {
      step: () => {
        counts.steps++;
        const until = performance.now() + 1;
        while (performance.now() < until);
        if (--left === 0) prepared = key(scene);
        return left === 0;
      },
      share: () => 1 - left / 40,
      free: () => void counts.freed++,
      serves: (/** @type {any} */ other) => key(other) === key(scene),
    };
  };
  const store = new Store(first, (/** @type {any} */ scene) => ({ scene, changes: [] }), prepare);
  store.on(change => told.push(`${change} ${JSON.stringify(store.scene)}`));
  return { store: /** @type {any} */ (store), told, counts };
}

/** @param {() => boolean} isTrue */
async function until(isTrue) {
  while (!isTrue()) await new Promise(done => setTimeout(done, 5));
}

test("a scene that takes no preparation is shown at once", () => {
  const { store, told } = storeOf({ size: 1, method: "bn", beta: 0 });
  store.set({ method: "ln" });
  assert.equal(store.scene.method, "ln");
  assert.equal(told.length, 1);
});

test("a large one is shown when it is prepared, in slices of a few milliseconds, and its progress is told", async () => {
  const { store, told, counts } = storeOf({ size: 1, method: "bn", beta: 0 }),
    shares = /** @type {(number | null)[]} */ ([]);
  store.onProgress((/** @type {number | null} */ share) => shares.push(share));
  store.set({ size: 9 });
  assert.equal(counts.steps, 0);
  assert.deepEqual([store.scene.size, store.chosen.size], [1, 9]);
  let longest = 0,
    before = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
  });
  await until(() => store.scene.size === 9);
  clearInterval(watch);
  assert.ok(longest < 30, `${longest} ms in one go`);
  assert.ok(shares.filter(share => share).length > 1);
  assert.equal(shares.at(-1), null);
  assert.deepEqual([told.length, counts.freed], [1, 1]);
});

test("what is changed meanwhile is shown at once where it can be, and holds for what is coming", async () => {
  const { store, told, counts } = storeOf({ size: 1, method: "bn", beta: 0, race: "a" });
  store.set({ size: 9, race: "b" });
  store.set({ beta: 3 }, "drag");
  store.set({ race: store.chosen.race + "c" });
  assert.deepEqual(store.scene, { size: 1, method: "bn", beta: 3, race: "bc" });
  assert.deepEqual(store.chosen, { size: 9, method: "bn", beta: 3, race: "bc" });
  await until(() => store.scene.size === 9);
  assert.deepEqual(store.scene, { size: 9, method: "bn", beta: 3, race: "bc" });
  assert.equal(counts.begun, 1, "it is not begun anew for what its preparation does not depend on");
  assert.ok(told.at(-1)?.startsWith("commit"), "a drag does not take back what was final");
});

test("another choice takes the place of one that is being prepared", async () => {
  const { store, counts } = storeOf({ size: 1, method: "bn" });
  store.set({ size: 9 });
  store.set({ size: 8 });
  await until(() => store.scene.size !== 1);
  assert.equal(store.scene.size, 8);
  assert.equal(counts.freed, counts.begun);
});

test("a drag that is faster than its preparation shows some of its way, and its end", async () => {
  const { store, told } = storeOf({ size: 1, method: "0" });
  for (let at = 1; at <= 30; at++) {
    store.set({ size: 9, method: String(at) }, "drag");
    await new Promise(done => setTimeout(done, 5));
  }
  store.set({}, "commit");
  await until(() => store.scene.method === "30" && told.some(words => words.startsWith("commit")));
  assert.ok(told.length > 2, `${told.length} were shown`);
});

test("what joins a choice is part of its step of Undo", async () => {
  const { store, told } = storeOf({ size: 1, method: "bn", race: "a" });
  store.set({ size: 9 });
  store.join({ race: "b" });
  await until(() => store.scene.size === 9);
  assert.deepEqual(told, [`commit ${JSON.stringify({ size: 9, method: "bn", race: "b" })}`]);
  store.join({ race: "c" });
  assert.ok(told.at(-1)?.startsWith("travel"));
});

test("Undo and Cancel keep what is shown, and the address follows", async () => {
  const { store, told } = storeOf({ size: 1, method: "bn" });
  store.set({ size: 9 });
  store.stay();
  assert.equal(store.chosen.size, 1);
  assert.ok(told.at(-1)?.startsWith("travel"));
  store.set({ size: 9 });
  store.travel({ scene: { size: 1, method: "ln" }, changes: [] });
  await new Promise(done => setTimeout(done, 200));
  assert.deepEqual(store.scene, { size: 1, method: "ln" });
});
