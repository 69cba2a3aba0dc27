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
    assert.equal(Math.fround(lane.history.judgements[0].judged.loss), history.judgements[0].judged.loss);
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

test("what is no race is told, each fault in its own words", () => {
  const whole = JSON.parse(
    [
      ...raceJson(
        { course, epochImages: 60000, goalImages: 1e6, common: new Set(), lanes: [laneOf(1, "GN 5")] },
        "",
        "",
      ),
    ].join(""),
  );
  const spoil = change => {
    const copy = structuredClone(whole);
    change(copy);
    return JSON.stringify(copy);
  };
  /** @type {[string, RegExp][]} */
  const cases = [
    ["", /not JSON/],
    ['{"format":', /not JSON/],
    ["[]", /not a race/],
    ["null", /not a race/],
    ['{"format":"other"}', /not a race/],
    [
      spoil(file => {
        file.version = 2;
      }),
      /version 2, but this page reads version 1/,
    ],
    [
      spoil(file => {
        delete file.course;
      }),
      /“course”/,
    ],
    [
      spoil(file => {
        file.epochImages = -1;
      }),
      /“epochImages”/,
    ],
    [
      spoil(file => {
        file.lanes = {};
      }),
      /“lanes”/,
    ],
    [
      spoil(file => {
        file.lanes = Array(99).fill(0);
      }),
      /99 lanes/,
    ],
    [
      spoil(file => {
        file.lanes[0] = 3;
      }),
      /“lanes\[0\]”/,
    ],
    [
      spoil(file => {
        file.lanes[0].spec.batch = 0;
      }),
      /“lanes\[0\].spec”/,
    ],
    [
      spoil(file => {
        file.lanes[0].losses[2] = "much";
      }),
      /lanes\[0\].losses\[2\] is "much"/,
    ],
    [
      spoil(file => {
        file.lanes[0].losses.pop();
      }),
      /3 losses, 4 accuracies and batches for 4 steps/,
    ],
    [
      spoil(file => {
        file.lanes[0].batches = [[4e9, 1]];
      }),
      /4000000000 steps/,
    ],
    [
      spoil(file => {
        file.lanes[0].batches = [[1.5, 1]];
      }),
      /“lanes\[0\].batches”/,
    ],
    [
      spoil(file => {
        file.lanes[0].judgements[0].judged.loss = null;
      }),
      /judgements\[0\].judged.loss is null/,
    ],
    [
      spoil(file => {
        delete file.lanes[0].judgements[0].norms;
      }),
      /“lanes\[0\].judgements\[0\]”/,
    ],
    [
      spoil(file => {
        file.lanes[0].marks = 1;
      }),
      /“lanes\[0\].marks”/,
    ],
    [
      spoil(file => {
        file.lanes[0].marks = [1];
      }),
      /“lanes\[0\].marks\[0\]”/,
    ],
    [
      spoil(file => {
        file.lanes[0].marks = [{ step: 9, change: { batch: 2 } }];
      }),
      /“lanes\[0\].marks\[0\]”/,
    ],
    [
      spoil(file => {
        file.lanes[0].marks = [{ step: 1, change: { batch: "two" } }];
      }),
      /“lanes\[0\].marks\[0\]”/,
    ],
    [
      spoil(file => {
        file.lanes[0].spec.norm = {};
      }),
      /“lanes\[0\].spec”/,
    ],
    [
      spoil(file => {
        file.lanes[0].norms = [[1]];
      }),
      /“lanes\[0\].norms”/,
    ],
    [
      spoil(file => {
        file.lanes[0].device = { kind: "abacus", name: "" };
      }),
      /“lanes\[0\].device”/,
    ],
    [
      spoil(file => {
        file.lanes[0].facts = {};
      }),
      /“lanes\[0\].facts”/,
    ],
    [
      spoil(file => {
        file.lanes[0].judgements[0].norms = [5];
      }),
      /judgements\[0\].norms\[0\]”/,
    ],
    [
      spoil(file => {
        file.lanes[0].judgements[0].norms = [{ gamma: [], beta: ["b"], rho: [], mix: [] }];
      }),
      /norms\[0\].beta\[0\] is "b"/,
    ],
    [
      spoil(file => {
        file.lanes[0].accuracies[1] = 99;
      }),
      /lanes\[0\].accuracies\[1\] is 99, where a number from 0 to 1 is expected/,
    ],
    [
      spoil(file => {
        file.lanes[0].judgements[0].judged.accuracy = 99;
      }),
      /judgements\[0\].judged.accuracy is 99, where a number from 0 to 1/,
    ],
    [
      spoil(file => {
        file.lanes[0].losses[0] = -1;
      }),
      /losses\[0\] is -1, where a number from 0 on/,
    ],
    [
      spoil(file => {
        file.epochImages = "NaN";
      }),
      /“epochImages”/,
    ],
    [
      spoil(file => {
        file.lanes[0].judgements[0].judged.epoch = null;
      }),
      /“lanes\[0\].judgements\[0\].judged.epoch”/,
    ],
    [
      spoil(file => {
        file.lanes[0].judgements[0].step = 5;
      }),
      /“lanes\[0\].judgements\[0\].step”/,
    ],
    [
      spoil(file => {
        file.lanes[0].fork = { from: 1, step: 9 };
      }),
      /“lanes\[0\].fork”/,
    ],
    [
      spoil(file => {
        file.lanes[0].millisAStep = "soon";
      }),
      /“lanes\[0\].millisAStep”/,
    ],
    [
      spoil(file => {
        file.course.data = "imagenet";
      }),
      /“course”/,
    ],
    [
      spoil(file => {
        file.common = [{ rate: 1 }];
      }),
      /“common”/,
    ],
  ];
  for (const [text, words] of cases) assert.throws(() => readRace(text), words, text.slice(0, 60));
});

test("of 20,000 hostile files each is refused by the field that is wrong, or has only what can be shown", () => {
  const whole = JSON.parse(
    [
      ...raceJson(
        {
          course,
          epochImages: 60000,
          goalImages: 1e6,
          common: new Set(['{"batch":8}']),
          lanes: [laneOf(1, "GN 5"), { ...laneOf(2, "fork"), fork: { from: 1, step: 2 } }],
        },
        "https://example.org/#g=2",
        "",
      ),
    ].join(""),
  );
  const dice = diceOf(20_000),
    places = placesIn(whole);
  const counts = { refused: 0, read: 0 };
  for (let n = 0; n < 20_000; n++) {
    const copy = structuredClone(whole);
    for (let i = 0; i <= dice(3); i++)
      spoilAt(copy, places[dice(places.length)], HOSTILE[dice(HOSTILE.length)]);
    const text = dice(10) ? JSON.stringify(copy) : JSON.stringify(copy).slice(0, dice(2000));
    let read;
    try {
      read = readRace(text);
      counts.read += 1;
    } catch (error) {
      counts.refused += 1;
      assert.ok(
        error.constructor === Error &&
          /^(it is |it has |its “|its layout|lanes\[\d+\])/.test(error.message) &&
          error.message.length < 400,
        `${error.stack}\n${text}`,
      );
      continue;
    }
    for (const { name, history, spec, fork } of read.lanes) {
      assert.equal(typeof name, "string");
      assert.ok(spec.batch >= 1 && Number.isInteger(spec.seed), text);
      assert.ok(
        history.accuracies.values.every(value => Number.isNaN(value) || (value >= 0 && value <= 1)),
        text,
      );
      for (const { judged } of history.judgements)
        assert.ok(!(judged.accuracy > 1 || judged.accuracy < 0) && Number.isInteger(judged.epoch), text);
      assert.ok(!fork || fork.step <= history.step, text);
    }
    // What is written of it reads the same again.
    const again = [...raceJson(raceOf(read), read.link, "")].join("");
    const dropped = (_, value) => (value === null ? undefined : value);
    assert.deepEqual(
      JSON.parse([...raceJson(raceOf(readRace(again)), read.link, "")].join(""), dropped).lanes.map(
        withoutId,
      ),
      JSON.parse(again, dropped).lanes.map(withoutId),
    );
  }
  console.log(`20,000 files: ${counts.refused} refused, ${counts.read} read`);
  assert.ok(counts.refused > 10_000 && counts.read > 1000, JSON.stringify(counts));
});

/** Values that a file could have in any place. */
const HOSTILE = [
  null,
  true,
  false,
  -1,
  0,
  1,
  2,
  0.5,
  99,
  1e9,
  1e308,
  4294967296,
  "",
  "NaN",
  "Infinity",
  "-Infinity",
  "nan",
  "x".repeat(5000),
  "<img src=x onerror=alert(1)>",
  "__proto__",
  [],
  [null],
  [[]],
  {},
  { kind: "batch" },
  { kind: "nope" },
  { length: 3 },
  undefined,
];

/** A die that falls the same way every time. */
function diceOf(seed) {
  let state = seed;
  return n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Every place in a file, as a path. */
const placesIn = (value, path = []) => [
  ...(path.length ? [path] : []),
  ...(value && typeof value === "object"
    ? Object.keys(value).flatMap(key => placesIn(value[key], [...path, key]))
    : []),
];

/** Puts a value at a place, if it is still there. */
function spoilAt(file, path, value) {
  let at = file;
  for (const key of path.slice(0, -1)) {
    at = at?.[key];
    if (!at || typeof at !== "object") return;
  }
  at[path[path.length - 1]] = structuredClone(value);
}

/** A race that has only what was read. */
function raceOf(read) {
  const race = new Race(() => assert.fail("nothing goes wrong"));
  race.open(read.course, read.goalImages);
  race.addRecords(read);
  return race;
}

/** Ids are counted anew, in the lane and in the forks of others. */
const withoutId = ({ id, fork, ...lane }) => ({ ...lane, fork: fork?.step });

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
    bring(new Map([[1, { label: "published", epochs: [1], accuracies: [0.5] }]])).map(([name]) => name),
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
