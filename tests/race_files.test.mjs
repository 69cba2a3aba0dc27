// @ts-check
// A race as JSON and CSV, and what the charts are fed. `node --test tests/race_files.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { epochsCsv, stepsCsv } from "../www/ui/race/model/file_csv.js";
import { raceJson } from "../www/ui/race/model/file_json.js";
import { readRace } from "../www/ui/race/model/file_read.js";
import { Feed, marksOf } from "../www/ui/race/view/feed.js";
import { History } from "../www/ui/race/model/history.js";
import { Race } from "../www/ui/race/model/race.js";
import { course, evaluation, laneOf, parseCsv, report } from "./race_support.mjs";

test("a race written as JSON reads as it was, to the bit", () => {
  const common = new Set(['{"learning-rate":0.01}']);
  const lanes = [laneOf(7, "GN 5"), { ...laneOf(9, 'the source’s "IN", again'), fork: { from: 7, step: 2 } }];
  const written = [
    ...raceJson(
      { course, epochImages: 60000, goalImages: Infinity, common, lanes },
      "https://example.org/#g=2",
      "2026-01-02T03:04:05Z",
    ),
  ].join("");
  const read = readRace(written);
  assert.deepEqual(read.course, course);
  assert.equal(read.epochImages, 60000);
  assert.equal(read.goalImages, Infinity);
  assert.equal(read.link, "https://example.org/#g=2");
  assert.deepEqual(read.common, [...common]);
  assert.equal(JSON.parse(written).version, 1);
  read.lanes.forEach((lane, at) => {
    const { history } = lanes[at];
    for (const name of ["losses", "accuracies", "images"])
      assert.deepEqual(lane.history[name].values, history[name].values, name);
    assert.deepEqual(lane.history.marks, history.marks);
    assert.deepEqual(lane.history.judgements[0].norms, history.judgements[0].norms);
    assert.equal(lane.history.judgements[0].judged.loss, history.judgements[0].judged.loss);
    assert.equal(lane.history.judgements[0].byBatch?.loss, 0.5);
    for (const name of ["name", "spec", "device", "facts", "startHash", "norms", "fork"])
      assert.deepEqual(lane[name], lanes[at][name], name);
    assert.equal(lane.orderHash, "ab");
  });
  const race = new Race(() => assert.fail("nothing goes wrong"));
  race.open(read.course, read.goalImages);
  race.addRecords(read);
  assert.deepEqual(
    race.lanes.map(({ name, isRecord }) => [name, isRecord]),
    [
      ["GN 5", true],
      ['the source’s "IN", again', true],
    ],
  );
  assert.deepEqual(race.lanes[1].fork, { from: race.lanes[0].id, step: 2 });
  assert.deepEqual(marksOf(race.lanes, race.common), [{ lane: undefined, images: 64, words: "rate 0.01" }]);
  const again = [...raceJson(race, "", "")].join("");
  assert.deepEqual(
    JSON.parse(again).lanes.map(({ losses }) => losses),
    JSON.parse(written).lanes.map(({ losses }) => losses),
  );
});

test("the files of a lane that diverged say so", () => {
  const failure = {
    code: "diverged",
    message: "the loss at step 5 is NaN: training has diverged",
    hint: "Clip the gradients.",
  };
  const lanes = [{ ...laneOf(1, "LN"), failure }, laneOf(2, "BN")];
  const rows = parseCsv([...stepsCsv(lanes, 60000)].join("")).filter(row => row[2].startsWith("diverged"));
  assert.deepEqual(rows, [["LN", "1", "diverged: not a number from this step on", "5", "", "", "", ""]]);
  const epochs = parseCsv(epochsCsv(lanes, 60000)).map(([name]) => name);
  assert.deepEqual(
    epochs.filter(name => /diverged/.test(name)),
    ["LN, diverged at step 5"],
  );
  const written = [
    ...raceJson({ course, epochImages: 60000, goalImages: 1e6, common: new Set(), lanes }, "", ""),
  ].join("");
  const read = readRace(written);
  assert.deepEqual(
    read.lanes.map(lane => lane.failure),
    [failure, undefined],
  );
  const race = new Race(() => assert.fail("nothing goes wrong"));
  race.open(read.course, read.goalImages);
  race.addRecords(read);
  assert.deepEqual(race.lanes[0].failure, failure, "an opened race says it again");
  const spoilt = JSON.parse(written);
  spoilt.lanes[0].failure = { code: 3 };
  assert.throws(() => readRace(JSON.stringify(spoilt)), /lanes\[0\]\.failure/);
});

test("CSV is RFC 4180 and holds every number", () => {
  const lanes = [laneOf(1, "GN 5"), laneOf(2, 'the source’s "IN", again')];
  const rows = parseCsv([...stepsCsv(lanes, 128)].join(""));
  assert.deepEqual(rows[0], ["lane", "seed", "what", "step", "images", "epochs", "loss", "accuracy"]);
  assert.equal(rows.length, 1 + 2 * (4 + 2));
  assert.ok(rows.every(row => row.length === 8));
  assert.equal(rows[7][0], 'the source’s "IN", again');
  assert.deepEqual(rows[1].slice(2), ["training", "1", "32", "0.25", "2.5", "0.375"]);
  assert.equal(rows[2][6], "", "a loss that is no number is left out");
  assert.equal(Math.fround(Number(rows[3][6])), Math.fround(0.1));
  const epochs = parseCsv(epochsCsv(lanes, 64));
  assert.deepEqual(epochs[0].slice(0, 4), ["lane", "seed", "epoch", "training loss"]);
  assert.equal(epochs.length, 1 + 2 * 2);
});

test("the charts are fed each step once, and anew after a cut", () => {
  /** @type {any[]} */
  const calls = [];
  const chart = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args) =>
          calls.push([
            name,
            ...args.map(arg => (ArrayBuffer.isView(arg) ? [.../** @type {any} */ (arg)] : arg)),
          ]),
    },
  );
  const feed = new Feed(/** @type {any} */ (chart)),
    lane = laneOf(1, "GN 5"),
    race = { lanes: [lane], epochImages: 60000, goalImages: 1e6, common: new Set() };
  lane.history = new History();
  lane.history.report(report(2, [2, 1]), 32);
  lane.history.judge([evaluation(2, 0, 0.5), evaluation(2, 0, 0.25)], []);
  lane.history.marks.push({ step: 1, change: { epsilon: 0.001 } });
  const bring = (ghosts = new Map()) => {
    calls.length = 0;
    feed.bring(race, 128, ghosts);
    return calls.filter(([name]) => name !== "setTime");
  };
  assert.deepEqual(bring(), [
    ["push", 1, 0, [32, 64], [2, 1], [0.5, 0.75]],
    ["judge", 1, 64, 0.5, 0.9, false, 0.25, 0.9],
    ["mark", 1, 32, "ε 0.001"],
  ]);
  assert.deepEqual(bring(), []);
  lane.history.report(report(4, [0.5, 0.25]), 32);
  lane.history.judge([evaluation(4, 1, 0.1)], []);
  assert.deepEqual(
    bring().map(([name, ...args]) => [name, args[1]]),
    [
      ["push", 2],
      ["judge", 128],
    ],
  );
  // Steps 3 and 4 are lost and made again, with another step: as many as there were.
  lane.history.report(report(4, [0.75, 0.625]), 32);
  lane.history.judge([evaluation(4, 1, 0.2)], []);
  assert.deepEqual(bring(), [
    ["push", 1, 2, [96, 128], [0.75, 0.625], [0.8125, 0.84375]],
    ["judge", 1, 128, 0.2, 0.9, true, undefined, undefined],
  ]);
  assert.deepEqual(
    bring(
      new Map([[1, { label: "published", curves: [{ view: "accuracy", epochs: [1], values: [0.5] }] }]]),
    ).map(([name]) => name),
    ["remove", "ghost", "push", "judge", "judge", "mark"],
  );
  bring(new Map());
  // A change of every lane stands there once.
  const other = laneOf(2, "BN");
  race.lanes.push(other);
  race.common.add('{"learning-rate":0.01}');
  assert.deepEqual(
    bring().filter(([name]) => name === "mark"),
    [["mark", undefined, 64, "rate 0.01"]],
  );
  // The first of the lanes has it later: the mark moves there, as it will be when the race is opened again.
  lane.history.marks.push({ step: 3, change: { "learning-rate": 0.01 } }, { step: 4, change: { batch: 8 } });
  assert.deepEqual(
    bring().filter(([name]) => name === "mark" || name === "clear"),
    [
      ["clear"],
      ["mark", 1, 32, "ε 0.001"],
      ["mark", undefined, 96, "rate 0.01"],
      ["mark", 1, 128, "batch 8"],
    ],
  );
  race.lanes = [lane];
  assert.deepEqual(bring(), [["remove", 2]]);
  race.lanes = [];
  assert.deepEqual(bring(), [["clear"]]);
});
