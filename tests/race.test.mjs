// @ts-check
// The page's side of a race in Node: histories, epochs, time, looks. `node --test tests/race.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axisEnd, countUpTo, epochsOf } from "../www/ui/race/model/epochs.js";
import { sweepOf } from "../www/ui/race/view/figures.js";
import { History } from "../www/ui/race/model/history.js";
import { linked } from "../www/ui/race/model/lane.js";
import { secondsLeft } from "../www/ui/race/model/time_left.js";
import { stylesOf } from "../www/ui/race/view/lane_style.js";
import { repeatKey } from "../www/ui/race/model/same.js";
import { course, evaluation, laneOf, report } from "./race_support.mjs";

test("an axis of time ends at the least even part of the course that holds all", () => {
  assert.equal(axisEnd(0, 12000), 12000);
  assert.deepEqual(
    [1, 59, 60, 61, 130, 2500, 6001, 12000, 12032].map(reached => axisEnd(reached, 12000)),
    [1.2, 60, 60, 120, 240, 6000, 12000, 12000, 12032],
  );
  assert.equal(axisEnd(700, Infinity), 700);
  for (const goal of [1, 7, 6000, 780000]) {
    for (let reached = goal / 1e5; reached < goal; reached *= 1.01) {
      const end = axisEnd(reached, goal);
      assert.ok(end >= reached && reached / end > 0.39, `${reached} of ${goal}: ${end}`);
    }
  }
});

test("the time left is that of the busiest worker, judging included", () => {
  const lane = (id, workerIdx, more = {}) => ({
    ...laneOf(id, `lane ${id}`),
    history: new History(),
    workerIdx,
    millisAStep: 16,
    ...more,
  });
  // 2 epochs of 6,000 images: 375 steps of 32 images; each judged 3 times on 1,000 test images and once on 10,000.
  const race = lanes => ({ lanes, course, epochImages: 6000, goalImages: 12000 }),
    steps = 375 * 0.016;
  assert.equal(secondsLeft(race([])), undefined);
  assert.equal(secondsLeft(race([lane(1, 0, { millisAStep: 0 })])), undefined, "no step is timed");
  assert.equal(secondsLeft({ ...race([lane(1, 0)]), goalImages: Infinity }), undefined);
  assert.equal(secondsLeft(race([lane(1, 0)])), steps);
  assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 })])), steps + 13);
  assert.equal(
    secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 }), lane(2, 0, { millisAJudged: 1 })])),
    2 * steps + 3 * 13,
  );
  // One that was not judged yet will take about what the others take; a worker waits for no other.
  assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 }), lane(2, 0)])), 2 * steps + 2 * 13);
  assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 }), lane(2, 1)])), steps + 13);
  const half = lane(1, 0, { millisAJudged: 0.5 });
  half.history.report({ ...report(1, [1]), nImages: 6000 }, 32);
  assert.equal(
    secondsLeft(race([half, lane(2, 0, { isRecord: true }), lane(3, 0, { failure: {} })])),
    steps / 2 + 6.5,
  );
});

test("lanes that were read know by their new numbers what they were forked from", () => {
  const lanes = [laneOf(7, "BN"), laneOf(8, "BN → rate 0.01"), laneOf(9, "an orphan")];
  const read = [
    { id: 3, fork: undefined },
    { id: 5, fork: { from: 3, step: 20 } },
    { id: 6, fork: { from: 4, step: 2 } },
  ];
  assert.deepEqual(
    linked(lanes, read).map(([{ id }, fork]) => [id, fork]),
    [
      [7, undefined],
      [8, { from: 7, step: 20 }],
      [9, { from: 0, step: 2 }],
    ],
  );
});

test("a history takes in reports, and forgets what an engine lost", () => {
  const history = new History();
  history.report(report(3, [2.5, 2, 1.5]), 32);
  history.judge([evaluation(3, 0, 1.4)], []);
  history.report(report(5, [1.25, 1]), 32);
  history.judge([evaluation(5, 0, 1.1)], []);
  history.marks.push({ step: 2, change: { batch: 8 } }, { step: 4, change: { batch: 16 } });
  assert.deepEqual([...history.images.values], [32, 64, 96, 128, 160]);
  assert.equal(history.nImages, 160);
  // Steps 4 and 5 were lost: the engine reports step 4 anew.
  history.report(report(4, [1.75]), 32);
  assert.deepEqual([...history.losses.values], [2.5, 2, 1.5, 1.75]);
  assert.deepEqual(
    history.judgements.map(({ step }) => step),
    [3],
  );
  assert.deepEqual(
    history.marks.map(({ step }) => step),
    [2],
  );
  assert.deepEqual(history.cuts, [3]);
  const fork = history.until(2);
  history.report(report(5, [9]), 32);
  assert.deepEqual([...fork.losses.values], [2.5, 2]);
  assert.deepEqual(fork.judgements, []);
});

test("a series keeps its numbers as it grows", () => {
  const history = new History(),
    losses = Float32Array.from({ length: 1000 }, (_, at) => at / 8);
  for (let at = 0; at < 1000; at += 10)
    history.report(report(at + 10, [...losses.subarray(at, at + 10)]), 32);
  assert.deepEqual(history.losses.values, losses);
});

test("a step belongs to the epoch that it began in, as in src/training/race/experiment/outcome.rs", () => {
  const history = new History();
  history.losses.push([4, 2, 0, 1, 3, 5, 9]);
  history.accuracies.push([0.5, 1, 0, 1, 0.5, 0, 0]);
  history.images.push([4, 8, 12, 16, 18, 20, 22]);
  const found = epochsOf(history, 10).map(({ epoch, trainLoss, trainAccuracy }) => [
    epoch,
    trainLoss,
    trainAccuracy,
  ]);
  assert.deepEqual(found, [
    [1, 2, 0.5],
    [2, 2.5, 0.625],
    [2.2, 9, 0],
  ]);
});

test("epochs are means over their own images, and the judgement after them", () => {
  const history = new History();
  // Passes of 96 images: three steps each, the third pass under way.
  history.report(report(3, [3, 2, 1]), 32);
  history.judge([evaluation(3, 1, 0.5), evaluation(3, 1, 0.25)], []);
  history.report(report(6, [1, 1, 0.5]), 32);
  history.judge([evaluation(6, 2, 0.4)], []);
  history.report(report(7, [0.75]), 32);
  history.judge([evaluation(7, 2, 0.3, { nImages: 1000 })], []);
  const epochs = epochsOf(history, 96);
  assert.deepEqual(
    epochs.map(({ epoch }) => epoch),
    [1, 2, 224 / 96],
  );
  assert.deepEqual(
    epochs.map(({ trainLoss }) => trainLoss),
    [2, Math.fround(2.5 / 3), 0.75],
  );
  assert.deepEqual(
    epochs.map(({ testLoss }) => testLoss),
    [0.5, 0.4, 0.3],
  );
  assert.deepEqual(
    epochs.map(({ byBatchLoss }) => byBatchLoss),
    [0.25, undefined, undefined],
  );
  assert.deepEqual(
    epochs.map(({ testImages }) => testImages),
    [10000, 10000, 1000],
  );
  assert.deepEqual(epochsOf(history, 0), []);
  assert.deepEqual(
    [0, 31, 32, 33, 224, 999].map(most => countUpTo(history.images.values, most)),
    [0, 0, 1, 1, 7, 7],
  );
});

test("lanes that differ by their seed alone look alike; others of a norm do not", () => {
  const lanes = [
    laneOf(1, "GN 5"),
    laneOf(2, "GN 5", { seed: 2 }),
    laneOf(3, "GN 2", { norm: { kind: "group", groups: 2 } }),
  ];
  const [first, again, other] = stylesOf(lanes);
  assert.equal(again.leader, lanes[0]);
  assert.deepEqual(again, first);
  assert.equal(other.token, "gn");
  assert.equal(other.leader, lanes[2]);
  assert.notEqual(other.dash, first.dash);
});

test("a seed on another engine is still a seed: in medians, and in the sweep over batch sizes", () => {
  // The engine was left open: the first lane was on trial for it, the others took what that chose.
  const seeds = [1, 2, 3].map(seed =>
    laneOf(seed, `BN, batch 32, seed ${seed}`, {
      seed,
      device: seed === 1 ? "auto" : "cpu",
      plateau: seed === 2 ? undefined : null,
    }),
  );
  const larger = seeds.map(({ name, spec }, at) =>
    laneOf(4 + at, name.replace("32", "128"), { ...spec, device: "cpu", batch: 128 }),
  );
  assert.deepEqual(
    stylesOf([...seeds, ...larger]).map(({ leader }) => leader.id),
    [1, 1, 1, 4, 4, 4],
  );
  [...seeds, ...larger].forEach((lane, at) => {
    lane.history = new History();
    lane.history.report(report(2, [2, 1]), lane.spec.batch);
    lane.history.judge([evaluation(2, 1, 0.5, { accuracy: at / 8 })], []);
  });
  const lanes = [...seeds, ...larger],
    { lines } = sweepOf(
      lanes,
      lanes.map(() => ({ color: "#000000", dash: undefined })),
    );
  assert.deepEqual(
    lines.map(({ label, points }) => [label, points]),
    [
      [
        "BN",
        [
          { batch: 32, accuracies: [0, 0.125, 0.25] },
          { batch: 128, accuracies: [0.375, 0.5, 0.625] },
        ],
      ],
    ],
  );
});

test("runs that differ in more than the seed are no repeats, and a fork is its own", () => {
  const { spec: plain } = laneOf(1, "BN");
  for (const more of [
    { batch: 64 },
    { learningRate: 1e-2 },
    { model: "deep" },
    { optimizer: "ams-grad" },
    { epsilon: 1e-3 },
    { momentum: 0.1 },
    { affine: "random-uniform" },
    { norm: { kind: "layer" } },
  ])
    assert.notEqual(repeatKey({ ...plain, ...more }), repeatKey(plain), JSON.stringify(more));
  const fork = Object.assign(laneOf(2, "BN → rate 0.001"), { fork: { from: 1, step: 4 } });
  assert.equal(stylesOf([laneOf(1, "BN"), fork])[1].leader, fork);
});
