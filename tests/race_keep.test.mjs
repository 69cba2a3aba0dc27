// @ts-check
// How a race is kept in the browser's storage while it runs. `node --test tests/race_keep.test.mjs`.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Keeper } from "../www/ui/race/model/keep.js";
import { heads, isHead, keptLanes, ofToday, put, sweep } from "../www/ui/race/model/storage.js";
import { FakeWorker, evaluation, report, started } from "./race_support.mjs";
import { disk } from "./storage_support.mjs";

const setup = { data: "mnist", epochs: 2, batch: 32, lanes: [] };

/** Milliseconds that have passed in a test. */
let clock = 0;
performance.now = () => clock;

/** Tasks of the storage that are under way are done. */
const settled = async () => {
  for (let i = 0; i < 6; i++) await new Promise(resolve => setTimeout(resolve));
};

beforeEach(() => {
  clock = 1000;
  disk.refuses = undefined;
  for (const entries of disk.stores.values()) entries.clear();
});

test("a race kept before schedules had names has one", () => {
  const of = (/** @type {unknown} */ plateau) =>
    ofToday(/** @type {any} */ ({ setup: { ...setup, plateau } })).setup.plateau;
  assert.deepEqual([true, false, "keras21"].map(of), ["plateau", "constant", "keras21"]);
});

/** A race of some lanes that is kept; its workers answer at once. `look` is the keeper's clock. */
function kept(nLanes) {
  const { race, lanes, id } = started(nLanes),
    workers = [...FakeWorker.all],
    of = lane => workers[lane.workerIdx],
    say = (lane, message) => of(lane).say({ race: id, lane: lane.id, ...message }),
    documentElement = { dataset: {} };
  Object.assign(globalThis, {
    document: { addEventListener() {}, documentElement },
    addEventListener() {},
  });
  let look = () => {};
  const before = globalThis.setInterval;
  /** @type {any} */ (globalThis).setInterval = act => {
    look = act;
  };
  /** @type {(string | undefined)[]} */
  const told = [],
    /** @type {any} */ control = {
      race,
      made: setup,
      keys: new Map(lanes.map(lane => [lane.id, `key ${lane.id}`])),
      store: { scene: { race: setup } },
      onAside(listener) {
        control.leave = listener;
      },
    };
  const keeper = new Keeper(control, message => told.push(message));
  globalThis.setInterval = before;
  for (const lane of lanes) {
    const worker = of(lane),
      post = worker.postMessage.bind(worker);
    worker.postMessage = message => {
      post(message);
      const saved = lanes.find(({ id }) => id === message?.save?.lane);
      if (saved === lane) say(lane, { type: "saved", bytes: new Uint8Array(8).fill(lane.history.step) });
    };
  }
  const step = lane =>
    say(lane, { type: "progress", report: report(lane.history.step + 1, [1], { millisAStep: 10 }) });
  return { race, lanes, of, say, told, keeper, control, step, look: () => look(), documentElement };
}

test("each of seven lanes is stored within two seconds, in turn", async () => {
  const { race, lanes, step, look } = kept(7);
  race.start();
  /** When each lane did each step. @type {number[][]} */
  const times = lanes.map(() => []);
  let nSaves = 0,
    worst = 0;
  for (; clock < 16_000; clock += 50) {
    lanes.forEach((lane, at) => {
      step(lane);
      times[at].push(clock);
    });
    look();
    await settled();
    const [head] = await heads();
    nSaves = Math.max(nSaves, disk.stores.get("lanes")?.size ?? 0);
    if (clock < 3000) continue;
    assert.equal(head.lanes.length, 7);
    // The oldest step that a reload would lose.
    for (const [at, { step }] of head.lanes.entries())
      worst = Math.max(worst, clock - (times[at][step] ?? clock));
  }
  assert.ok(worst <= 2000, `${worst} ms would be trained again`);
  assert.equal(nSaves, 7, "one record for each lane");
});

test("what is stored is what the page had at the snapshot, evaluations and changes included", async () => {
  const { race, lanes, say, step, look, documentElement } = kept(2);
  race.common.add('{"batch":8}');
  lanes.forEach(step);
  say(lanes[0], { type: "judged", evaluations: [evaluation(1, 0, 0.5)], norms: [], millis: 1 });
  say(lanes[0], {
    type: "marked",
    mark: { step: 1, change: { batch: 8 } },
    spec: { ...lanes[0].spec, batch: 8 },
  });
  clock += 1000;
  for (let i = 0; i < 3; i++) {
    look();
    await settled();
    clock += 1000;
  }
  const [head] = await heads(),
    [first, second] = await keptLanes(head);
  assert.deepEqual([first.name, first.key, first.spec.batch], ["lane 0", `key ${lanes[0].id}`, 8]);
  assert.deepEqual([...first.history.losses.values], [1]);
  assert.equal(first.history.judgements[0].judged.loss, 0.5);
  assert.deepEqual(first.history.marks, [{ step: 1, change: { batch: 8 } }]);
  assert.deepEqual([...(second.bytes ?? [])], Array(8).fill(1));
  assert.deepEqual([head.common, head.nImages, head.setup.epochs], [['{"batch":8}'], 32, 2]);
  assert.deepEqual(documentElement.dataset, { kept: 32, keptLanes: 2 });
});

test("a race does not write over another's copy, and one that gives way is stored as it is", async () => {
  const one = kept(1),
    other = kept(1);
  for (const { lanes, step, look } of [one, other]) {
    lanes.forEach(step);
    clock += 1000;
    look();
    await settled();
  }
  assert.equal((await heads()).length, 2);
  // A snapshot that the page has, but that is not stored yet.
  one.step(one.lanes[0]);
  await one.race.save(one.lanes[0]);
  one.control.leave({ raceId: one.race.id });
  one.race.open(/** @type {any} */ (one.race.course));
  await settled();
  assert.deepEqual((await heads()).map(({ lanes }) => lanes[0].step).sort(), [1, 2]);
  // The next race of the tab is another.
  const again = one.race.add("again", one.lanes[0].spec);
  assert.notEqual(again, one.lanes[0]);
  assert.equal(one.keeper.id, "");
});

test("a full disk is told once, and again when it is over; the page still has the snapshots", async () => {
  const { race, lanes, step, look, told, keeper } = kept(1);
  disk.refuses = new Error("the disk is full");
  race.start();
  for (let i = 0; i < 4; i++) {
    step(lanes[0]);
    look();
    await settled();
    clock += 6000;
  }
  assert.deepEqual(told, ["the disk is full"]);
  assert.ok((lanes[0].snapshot?.step ?? 0) >= 1);
  disk.refuses = undefined;
  step(lanes[0]);
  keeper.again();
  await settled();
  assert.deepEqual(told, ["the disk is full", undefined]);
  assert.equal((await heads()).length, 1);
});

test("a lane that is removed while the race rests is not kept", async () => {
  const { race, lanes, step, look } = kept(2);
  race.start();
  for (const lane of lanes) {
    step(lane);
    clock += 3000;
    look();
    await settled();
  }
  race.pause();
  await settled();
  clock += 3000;
  look();
  await settled();
  assert.equal((await heads())[0].lanes.length, 2);
  race.remove(lanes[0]);
  clock += 3000;
  look();
  await settled();
  assert.deepEqual(
    (await heads())[0].lanes.map(({ name }) => name),
    [lanes[1].name],
  );
  assert.equal(disk.stores.get("lanes")?.size, 1);
});

test("a storage that does not answer is told, and the race is kept once it does", async () => {
  const { race, lanes, step, look, told, keeper } = kept(1);
  const { setTimeout: before } = globalThis;
  // Its patience of 10 s, shortened.
  /** @type {any} */ (globalThis).setTimeout = (act, millis, ...rest) =>
    before(act, millis === 10_000 ? 5 : millis, ...rest);
  try {
    disk.isSilent = true;
    race.start();
    step(lanes[0]);
    look();
    await new Promise(resolve => before(resolve, 40));
    assert.deepEqual(told, ["the browser’s storage does not answer"]);
    disk.isSilent = false;
    clock += 6000;
    step(lanes[0]);
    keeper.again();
    await new Promise(resolve => before(resolve, 40));
    assert.deepEqual(told.slice(1), [undefined]);
    assert.equal((await heads()).length, 1);
  } finally {
    disk.isSilent = false;
    globalThis.setTimeout = before;
  }
});

test("garbage in the storage is not offered, and is no harm", async () => {
  const good = {
    version: 3,
    id: "a",
    saved: "2026-01-01",
    setup,
    epochImages: 6000,
    nImages: 32,
    common: [],
    lanes: [{ id: "x", name: "BN", step: 1, nBytes: 8 }],
  };
  assert.ok(isHead(good));
  for (const [field, values] of Object.entries({
    version: [2, "3", null],
    saved: [3, undefined],
    setup: [null, {}, { ...setup, data: "imagenet" }, { ...setup, epochs: "NaN" }],
    epochImages: [NaN, "6000", -1, null],
    nImages: [NaN, Infinity, {}],
    common: [null, [1]],
    lanes: [[], null, [{}], [{ id: "x", name: "BN", step: NaN, nBytes: 8 }]],
    goneAt: ["now", NaN],
  }))
    for (const value of values) assert.ok(!isHead({ ...good, [field]: value }), `${field}: ${String(value)}`);
  await put(/** @type {any} */ (good));
  await put(/** @type {any} */ ({ ...good, id: "b", nImages: NaN }));
  assert.deepEqual(
    (await heads()).map(({ id }) => id),
    ["a"],
  );
  await assert.rejects(keptLanes(/** @type {any} */ (good)), /lane BN/);
  await sweep();
});
