// @ts-check
// Who works on which lane how far, and what is asked of lanes. `node --test tests/race_workers.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeWorker, course, laneOf, report, spec, started } from "./race_support.mjs";

test("lanes on the CPU are spread over the workers, and those on a GPU share one", () => {
  const { lanes, race } = started(4);
  assert.deepEqual(
    lanes.map(({ workerIdx }) => workerIdx),
    [0, 1, 0, 1],
  );
  assert.equal(race.add("gpu", /** @type {any} */ (spec({ device: "auto" }))).workerIdx, 0);
  assert.equal(FakeWorker.all.length, 2);
});

test("no lane goes further ahead than the leash of the slowest on another worker", () => {
  const { race, lanes, of, say } = started(2);
  race.start();
  const leash = () => [of(lanes[0]).last("train").untilImages, of(lanes[1]).last("train").untilImages];
  const first = leash();
  assert.deepEqual(first, [64 * 32, 64 * 32], "before paces are known");
  // One lane reaches the leash, the other has hardly begun: neither may go on beyond it.
  say(lanes[0], { type: "progress", report: report(64, Array(64).fill(1), { millisAStep: 5 }) });
  say(lanes[0], { type: "paused" });
  say(lanes[1], { type: "progress", report: report(1, [1], { millisAStep: 500 }) });
  // 500 ms of the fastest are 100 steps, more than the first leash.
  assert.deepEqual(leash(), [32 + 100 * 32, 32 + 100 * 32]);
  for (let step = 2; step < 40; step++) {
    say(lanes[1], { type: "progress", report: report(step, [1], { millisAStep: 500 }) });
    for (const until of leash()) assert.ok(until - lanes[1].history.nImages <= 100 * 32, `${until}`);
  }
});

test("the race ends at its goal, and no worker is sent beyond it", () => {
  const { race, lanes, of, say } = started(2, { goal: 320 });
  /** @type {string[]} */
  const events = [];
  race.on(event => events.push(event));
  race.start();
  assert.equal(of(lanes[0]).last("train").untilImages, 320);
  say(lanes[0], { type: "progress", report: report(10, Array(10).fill(1)) });
  assert.equal(race.isRunning, true);
  say(lanes[1], { type: "progress", report: report(10, Array(10).fill(1)) });
  assert.equal(race.isRunning, false);
  assert.equal(events.at(-1), "state");
});

test("a lane that diverged, or came from a file, holds up nobody", () => {
  const { race, lanes, of, say, told } = started(2);
  race.addRecords({
    course: /** @type {any} */ (course),
    epochImages: 60000,
    goalImages: Infinity,
    link: "",
    common: [],
    lanes: [{ ...laneOf(1, "old"), orderHash: "" }],
  });
  race.start();
  say(lanes[1], { type: "progress", report: report(64, Array(64).fill(1), { millisAStep: 5 }) });
  const before = of(lanes[1]).last("train").untilImages;
  say(lanes[0], { type: "diverged", failure: { code: "diverged", message: "no number", hint: "" } });
  assert.ok(of(lanes[1]).last("train").untilImages > before);
  assert.equal(told.length, 1);
});

test("an engine that is lost cuts the history, and what was asked of it is answered by the next", async () => {
  const { race, lanes, say, told } = started(1);
  race.start();
  say(lanes[0], { type: "progress", report: report(6, [6, 5, 4, 3, 2, 1]) });
  const asked = race.look(lanes[0], 0, { test: { nImages: 4 } });
  say(lanes[0], {
    type: "notice",
    failure: { code: "gpu-lost", message: "the GPU went away", hint: "" },
    device: { kind: "cpu" },
  });
  say(lanes[0], { type: "progress", report: report(4, [0.5]) });
  assert.deepEqual([...lanes[0].history.losses.values], [6, 5, 4, 0.5]);
  const values = Float32Array.of(1, 2, 3);
  say(lanes[0], {
    type: "seen",
    norm: 0,
    step: 4,
    shape: [1, 1, 1, 3],
    x: new Uint8Array(values.buffer),
    y: new Uint8Array(values.buffer),
    probabilities: [],
  });
  assert.deepEqual([...(await asked).y], [1, 2, 3]);
  assert.equal(told[0].isNotice, true);
});

test("a GPU that answers late is offered to the lanes that could use it, and to no others", () => {
  const { race, lanes, told, of } = started(2, { devices: ["auto", "cpu"] });
  race.start();
  of(lanes[0]).say({ type: "gpuAwake" });
  assert.deepEqual(
    told.map(({ failure, lane, isNotice }) => [failure.message, lane, isNotice]),
    [["the GPU has answered after all", lanes[0], true]],
  );
  assert.equal(race.isRunning, true);
});

test("answers find who asked, in order; late ones of another race find nobody", async () => {
  const { race, lanes, say, of, id, told } = started(1);
  const values = Float32Array.of(1, 2, 3);
  const seen = (norm, step) => ({
    type: "seen",
    norm,
    step,
    shape: [1, 1, 1, 3],
    x: new Uint8Array(values.buffer),
    y: new Uint8Array(values.buffer),
    probabilities: [],
  });
  const looks = [
    race.look(lanes[0], 0, { test: { nImages: 1 } }),
    race.look(lanes[0], 1, { test: { nImages: 1 } }, 4),
  ];
  assert.equal(of(lanes[0]).last("look").step, 4);
  of(lanes[0]).say({ race: id - 1, lane: lanes[0].id, ...seen(9, 9) });
  say(lanes[0], seen(0, 8));
  say(lanes[0], seen(1, 4));
  const [first, second] = await Promise.all(looks);
  assert.deepEqual([first.step, second.step], [8, 4]);
  assert.deepEqual(first.x, values);
  const left = race.save(lanes[0]);
  race.remove(lanes[0]);
  await assert.rejects(left, { message: "lane 0 is no longer in the race" });
  say(lanes[0], {
    type: "failed",
    failure: { code: "bad-message", message: "there is no lane 1", hint: "" },
  });
  assert.deepEqual(told, [], "a lane that is gone fails nobody");
});

test("a lane that cannot be made, or fails later, does not pause the others", () => {
  const { race, lanes, say, told, of } = started(2);
  race.start();
  const failure = { code: "bad-spec", message: "no such norm", hint: "" };
  const late = race.add("late", /** @type {any} */ (lanes[0].spec));
  say(late, { type: "failed", failure });
  assert.deepEqual([late.failure, race.isRunning], [failure, true]);
  say(lanes[0], { type: "failed", failure: { ...failure, message: "the batch cannot change" } });
  assert.equal(race.isRunning, true);
  assert.equal(told.length, 2, "each failure is told");
  const sent = of(lanes[0]).sent.length;
  const refused = race.add("IN", /** @type {any} */ (lanes[0].spec), /** @type {any} */ (failure));
  assert.equal(refused.failure, failure);
  race.remove(refused);
  assert.equal(
    of(lanes[0])
      .sent.slice(sent)
      .filter(message => "add" in message || "remove" in message).length,
    0,
  );
  say(lanes[1], { type: "progress", report: report(64, [1]) });
  assert.equal(race.isRunning, true);
});

test("a new race ends the spare workers and refuses what was asked", async () => {
  const { race, lanes } = started(2);
  const asked = race.save(lanes[1]);
  race.open(/** @type {any} */ (course));
  await assert.rejects(asked, { message: "the race is over" });
  assert.deepEqual(
    FakeWorker.all.map(({ isEnded }) => isEnded),
    [false, true],
  );
});

test("a lane of a file has curves and no network", async () => {
  const { race, of, lanes } = started(1),
    sent = of(lanes[0]).sent.length;
  race.addRecords({
    course: /** @type {any} */ (course),
    epochImages: 60000,
    goalImages: Infinity,
    link: "",
    common: [],
    lanes: [{ ...laneOf(1, "old"), orderHash: "" }],
  });
  const old = race.lanes[1];
  await assert.rejects(race.look(old, 0, { test: { nImages: 1 } }), { message: /old came from a file/ });
  assert.throws(() => race.fork(old, 0, "fork"), /old came from a file/);
  race.change({ batch: 8 }, [old]);
  race.remove(old);
  assert.equal(of(lanes[0]).sent.length, sent);
});
