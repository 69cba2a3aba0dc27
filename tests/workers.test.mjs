// @ts-check
// Workers that do not load, stop or fall silent, in Node. `node --test tests/workers.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { LOADING_LOOKS, SILENT_LOOKS, UNSURE_LOOKS, startWorker } from "../www/ui/lib/workers.js";
import { FakeWorker } from "./worker_support.mjs";

/** A watched worker, and what was heard from it. */
function watched(more = {}) {
  /** @type {any[]} */
  const heard = [];
  const ears = {
    onMessage: message => heard.push(message),
    onStop: why => heard.push(`stop: ${why}`),
    ...more,
  };
  const worker = startWorker(new URL("file:///worker.js"), "the worker", ears);
  return { worker, heard, fake: FakeWorker.all.at(-1) ?? assert.fail("no worker") };
}

test("every worker of the page is made in one place, and shows its pulse", () => {
  const www = new URL("../www/", import.meta.url);
  const scripts = /** @type {string[]} */ (readdirSync(www, { recursive: true })).filter(
    name => name.endsWith(".js") && !name.startsWith("pkg"),
  );
  const text = name => readFileSync(new URL(name, www), "utf8");
  assert.deepEqual(
    scripts.filter(name => text(name).includes("new Worker(")),
    ["ui/lib/workers.js"],
  );
  const workers = scripts.filter(name => /(^|[_/])worker\.js$/.test(name));
  assert.deepEqual(
    workers.filter(name => !text(name).includes("\nshowPulse();\n")),
    [],
  );
  assert.equal(workers.length, 3);
});

test("a worker that does not load, stops or garbles is heard of once, and nothing after it", () => {
  for (const [event, message, why] of [
    ["error", undefined, "the worker could not be loaded"],
    ["error", "Uncaught RuntimeError: unreachable", "the worker stopped: RuntimeError: unreachable"],
    ["messageerror", undefined, "a message from the worker could not be read"],
  ]) {
    const { heard, fake } = watched();
    fake.fire(event, message);
    fake.fire("error", "again");
    fake.say("late");
    assert.deepEqual(heard, [`stop: ${why}`]);
    assert.equal(fake.isEnded, true);
  }
});

test("a worker that cannot even be made is heard of, after its starter has it in hand", async () => {
  /** @type {any} */ (globalThis).Worker = class {
    constructor() {
      throw new Error("refused");
    }
  };
  /** @type {string[]} */
  const heard = [];
  startWorker(new URL("file:///worker.js"), "the worker", { onMessage() {}, onStop: why => heard.push(why) });
  assert.deepEqual(heard, []);
  await Promise.resolve();
  assert.deepEqual(heard, ["the worker could not be started: refused"]);
});

/** The browser's locks: a request for one is granted when a test says so. */
function fakeLocks() {
  /** @type {{ name: string, grant: () => void }[]} */
  const asked = [];
  const request = (/** @type {string} */ name, /** @type {{ signal: AbortSignal }} */ { signal }) =>
    new Promise((resolve, reject) => {
      asked.push({ name, grant: () => resolve(undefined) });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  Object.assign(navigator, { locks: { request } });
  return asked;
}

test("silence is noticed, and so is the voice after it; without an ear for silence it is the end", t => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  /** @type {string[]} */
  const states = [];
  const { heard, fake } = watched({ onSilent: why => states.push(why), onVoice: () => states.push("voice") });
  fake.say("first");
  t.mock.timers.tick(1000 * 10 * SILENT_LOOKS);
  assert.deepEqual(states, [], "it answers each ping");
  fake.answers = false;
  t.mock.timers.tick(1000 * (UNSURE_LOOKS - 1));
  assert.deepEqual(states, [], "a step is no silence");
  t.mock.timers.tick(1000 * SILENT_LOOKS);
  assert.deepEqual(states, ["the worker is not responding"]);
  assert.equal(fake.isEnded, false);
  fake.say("second");
  assert.deepEqual(states, ["the worker is not responding", "voice"]);
  assert.deepEqual(heard, ["first", "second"]);
  const plain = watched();
  plain.fake.answers = false;
  plain.fake.say("first");
  t.mock.timers.tick(1000 * (SILENT_LOOKS - 1));
  assert.deepEqual(plain.heard, ["first"], "a long step is not the end");
  t.mock.timers.tick(1000);
  assert.deepEqual(plain.heard, ["first", "stop: the worker is not responding"]);
  assert.equal(plain.fake.isEnded, true);
});

test("a worker whose lock is free is gone; while it holds it, a long step is no silence", async t => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const asked = fakeLocks();
  /** @type {string[]} */
  const states = [];
  const { heard, fake } = watched({ onSilent: why => states.push(why) });
  fake.say("held");
  fake.say("first");
  fake.answers = false;
  t.mock.timers.tick(1000 * (SILENT_LOOKS - 1));
  assert.deepEqual([states, heard], [[], ["first"]], "it is busy");
  t.mock.timers.tick(1000);
  assert.deepEqual(states, ["the worker is not responding"], "it hangs");
  asked[0].grant();
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(heard, ["first", "stop: the worker is gone: the browser ended it"]);
  assert.equal(fake.isEnded, true);
});

test("a worker that its starter ends is not missed, and each worker has a lock of its own", async () => {
  const asked = fakeLocks();
  const all = [watched(), watched()];
  for (const { fake } of all) fake.say("held");
  assert.notEqual(asked[0].name, asked[1].name);
  assert.equal(asked[0].name, all[0].fake.options.name);
  for (const { worker } of all) worker.end();
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(
    all.map(({ heard }) => heard),
    [[], []],
  );
});

test("one that loads has longer, and a pulse alone does not count as loaded", t => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { heard } = watched();
  t.mock.timers.tick(1000 * (LOADING_LOOKS - 1));
  assert.deepEqual(heard, []);
  t.mock.timers.tick(1000);
  assert.deepEqual(heard, ["stop: the worker is not loading"]);
});

test("a hidden page does not count, nor does the time in which its timers stood", t => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { heard, fake } = watched();
  fake.say("first");
  fake.answers = false;
  /** @type {any} */ (globalThis).document = { hidden: true };
  t.mock.timers.tick(1000 * 5 * SILENT_LOOKS);
  assert.deepEqual(heard, ["first"]);
});
