// @ts-check
// What becomes of a race's lanes when their worker stops or falls silent, in Node. `node --test tests/worker_lost.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENT_LOOKS } from "../www/ui/lib/workers.js";
import { Race } from "../www/ui/race/model/race.js";
import * as support from "./race_support.mjs";
import { FakeWorker } from "./worker_support.mjs";

const course = /** @type {any} */ (support.course);
const spec = (more = {}) => /** @type {any} */ (support.spec(more));
const report = (step, losses) => ({ ...support.report(step, losses), looks: [] });

/** The worker that was started last. */
const latest = () => FakeWorker.all.at(-1) ?? assert.fail("no worker");

/** A race with two lanes, each on a worker of its own, under way at step 6. */
function underWay() {
  const race = new Race(() => {});
  race.open(course);
  const lanes = [race.add("one", spec()), race.add("two", spec({ seed: 2 }))];
  const of = lane =>
    FakeWorker.all.findLast(
      worker =>
        worker.of("open").length &&
        [...worker.of("add"), ...worker.of("restore")].some(made => made.lane === lane.id),
    ) ?? assert.fail("no worker");
  const say = (lane, message, worker = of(lane)) =>
    worker.say({ race: worker.of("open")[0].race, lane: lane.id, ...message });
  const ready = (lane, step = 0, { worker = of(lane), ...more } = {}) =>
    say(
      lane,
      { ...support.readyOf(spec({ seed: lane.id, ...more }), report(step, [])), epochImages: 6000 },
      worker,
    );
  FakeWorker.all.forEach(worker => worker.say({ type: "listening" }));
  lanes.forEach(lane => ready(lane));
  race.start();
  lanes.forEach(lane => say(lane, { type: "progress", report: report(6, [6, 5, 4, 3, 2, 1]) }));
  return { race, lanes, of, say, ready };
}

test("a worker that never loaded is replaced at the next start", () => {
  const race = new Race(() => {});
  race.open(course);
  const lane = race.add("one", spec());
  race.start();
  FakeWorker.all[0].fire("error");
  assert.equal(race.isRunning, false, "Start is offered again");
  assert.equal(race.trouble?.failure.message, "the training worker could not be loaded");
  race.start();
  assert.equal(race.trouble, undefined);
  assert.equal(FakeWorker.all.length, 2);
  FakeWorker.all[1].say({ type: "listening" });
  const [{ open }, { add }] = FakeWorker.all[1].sent;
  assert.equal(open.course, course);
  assert.deepEqual(add.spec, lane.spec);
  assert.equal(race.isRunning, true);
});

test("after a trap the curves stay, and the lane goes on from its last snapshot with the settings in force", async () => {
  const {
    race,
    lanes: [lane, other],
    of,
    say,
    ready,
  } = underWay();
  const saved = race.save(lane);
  say(lane, { type: "progress", report: report(8, [0.5, 0.25]) });
  say(lane, { type: "saved", bytes: Uint8Array.of(1, 2, 3) });
  await saved;
  say(lane, { type: "progress", report: report(9, [0.125]) });
  say(lane, { type: "marked", mark: { step: 9, change: { batch: 16 } }, spec: spec({ batch: 16 }) });
  const asked = race.look(lane, 0, { test: { nImages: 1 } }),
    before = of(other);
  of(lane).fire("error", "Uncaught RuntimeError: unreachable");
  await assert.rejects(asked, { message: "the training worker stopped: RuntimeError: unreachable" });
  await assert.rejects(race.save(lane));
  assert.equal(race.isRunning, false);
  assert.equal(race.trouble?.isOver, true);
  assert.equal(lane.history.step, 9, "what was drawn stands");
  assert.throws(() => race.fork(lane, 0, "fork"), /resume the race first/);
  race.start();
  assert.equal(of(other), before, "the other worker is well");
  const fresh = latest();
  fresh.say({ type: "listening" });
  assert.deepEqual(
    fresh.of("restore").map(({ lane, bytes }) => [lane, [...bytes]]),
    [[lane.id, [1, 2, 3]]],
  );
  assert.equal(fresh.of("add").length, 0);
  assert.ok(fresh.of("train").length > 0);
  ready(lane, 8);
  assert.deepEqual([...lane.history.losses.values], [6, 5, 4, 3, 2, 1, 0.5, 0.25]);
  assert.deepEqual(
    fresh.of("change").map(({ change }) => change),
    [{ batch: 16 }],
  );
  assert.equal(lane.isAway, false);
  assert.equal(race.isRunning, true);
});

test("a lane without a snapshot is made as it was made first", () => {
  const {
    race,
    lanes: [lane],
    of,
    say,
    ready,
  } = underWay();
  say(lane, {
    type: "marked",
    mark: { step: 6, change: { "learning-rate": 0.5 } },
    spec: spec({ learningRate: 0.5 }),
  });
  of(lane).fire("error", "out of memory");
  race.start();
  const fresh = latest();
  fresh.say({ type: "listening" });
  assert.deepEqual(
    fresh.of("add").map(({ spec }) => spec.learningRate),
    [1e-3],
  );
  ready(lane, 0);
  assert.deepEqual(
    fresh.of("change").map(({ change }) => change),
    [{ "learning-rate": 0.5 }],
  );
});

test("a change and a fork have a snapshot sent, which none before it replaces", () => {
  const {
    race,
    lanes: [lane],
    of,
    say,
    ready,
  } = underWay();
  say(lane, { type: "marked", mark: { step: 6, change: { batch: 16 } }, spec: spec({ batch: 16 }) });
  assert.deepEqual(
    of(lane)
      .of("save")
      .map(({ lane }) => lane),
    [lane.id],
  );
  const fork = race.fork(lane, 6, "fork", { batch: 8 }),
    worker = of(lane);
  ready(fork, 6, { worker });
  assert.deepEqual(
    worker.of("save").map(({ lane }) => lane),
    [lane.id, fork.id],
  );
});

test("a worker that was terminated is noticed, and one that was only slow goes on by itself", t => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const {
    race,
    lanes: [lane],
    of,
  } = underWay();
  of(lane).answers = false;
  t.mock.timers.tick(1000 * SILENT_LOOKS);
  assert.equal(race.trouble?.failure.message, "the training worker is not responding");
  assert.equal(race.isRunning, false);
  const slow = of(lane);
  slow.answers = true;
  t.mock.timers.tick(1000);
  assert.equal(race.trouble, undefined);
  assert.equal(race.isRunning, true, "it ran before");
  slow.answers = false;
  t.mock.timers.tick(1000 * SILENT_LOOKS);
  race.start();
  assert.equal(slow.isEnded, true);
  assert.notEqual(latest(), slow);
  assert.equal(race.isRunning, true);
});

test("a reader who paused during the silence is not overruled by the voice after it", t => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const {
    race,
    lanes: [lane],
    of,
  } = underWay();
  of(lane).answers = false;
  t.mock.timers.tick(1000 * SILENT_LOOKS);
  race.pause();
  of(lane).answers = true;
  t.mock.timers.tick(1000);
  assert.equal(race.trouble, undefined);
  assert.equal(race.isRunning, false);
});

test("images that do not arrive stop the race, keep its lanes and are asked for again", () => {
  const {
    race,
    lanes: [lane],
    of,
    say,
  } = underWay();
  say(lane, { type: "loading", data: "mnist" });
  of(lane).say({
    type: "failed",
    race: undefined,
    lane: undefined,
    failure: { code: "data-fetch", message: "no such file", hint: "" },
  });
  assert.equal(race.trouble?.words, "the images did not load");
  assert.equal(race.loading, undefined, "nothing arrives any more");
  assert.equal(lane.history.step, 6);
  const before = of(lane);
  race.start();
  assert.equal(before.isEnded, true);
  latest().say({ type: "listening" });
  assert.notEqual(of(lane), before);
  assert.equal(of(lane).of("add").length, 1);
});

test("a new race has nothing of the trouble of the one before", () => {
  const {
    race,
    lanes: [lane],
    of,
  } = underWay();
  of(lane).fire("error", "unreachable");
  race.open(course);
  assert.equal(race.trouble, undefined);
  assert.equal(
    FakeWorker.all.every(({ isEnded }) => isEnded),
    true,
  );
  race.add("one", spec());
  assert.equal(FakeWorker.all.at(-1)?.isEnded, false);
});

test("evaluations and changes up to the snapshot stay, and the worker is told how far the lane was evaluated", async () => {
  const {
    race,
    lanes: [lane],
    of,
    say,
    ready,
  } = underWay();
  const evaluation = (step, epoch) => ({ step, epoch, nImages: 10000, loss: 1, accuracy: 0.5 });
  say(lane, { type: "judged", evaluations: [evaluation(6, 1)], norms: [], millis: 1 });
  say(lane, { type: "marked", mark: { step: 6, change: { batch: 16 } }, spec: spec({ batch: 16 }) });
  // The change asks for a snapshot.
  say(lane, { type: "saved", bytes: Uint8Array.of(1) });
  // After it, at the same step: not in the snapshot.
  say(lane, { type: "judged", evaluations: [evaluation(6, 2)], norms: [], millis: 1 });
  say(lane, {
    type: "marked",
    mark: { step: 6, change: { "learning-rate": 0.5 } },
    spec: spec({ batch: 16, learningRate: 0.5 }),
  });
  say(lane, { type: "progress", report: { ...report(7, [0.5]), nImages: 208 } });
  of(lane).fire("error", "out of memory");
  race.start();
  const fresh = latest();
  fresh.say({ type: "listening" });
  assert.deepEqual(
    fresh.of("restore").map(({ judged }) => judged),
    [{ nImages: 192, epochs: 1 }],
  );
  ready(lane, 6, { batch: 16 });
  assert.equal(lane.history.step, 6);
  assert.deepEqual(
    lane.history.judgements.map(({ judged }) => judged.epoch),
    [1],
  );
  assert.deepEqual(
    lane.history.marks.map(({ change }) => change),
    [{ batch: 16 }],
  );
  // What came after the snapshot is asked for again.
  assert.deepEqual(
    fresh.of("change").map(({ change }) => change),
    [{ "learning-rate": 0.5 }],
  );
});

test("a lane is made again on the engine that it asks for, from where it is", async () => {
  const {
    race,
    lanes: [lane],
    of,
    say,
  } = underWay();
  const remade = race.remake([lane]);
  say(lane, { type: "progress", report: report(8, [0.5, 0.25]) });
  say(lane, { type: "saved", bytes: Uint8Array.of(7) });
  await remade;
  assert.deepEqual(
    of(lane)
      .of("remove")
      .map(({ lane }) => lane),
    [lane.id],
  );
  assert.deepEqual(
    of(lane)
      .of("restore")
      .map(({ bytes }) => [...bytes]),
    [[7]],
  );
});
