// @ts-check
// Race files that are none, or that somebody has spoilt on purpose. `node --test tests/race_hostile.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { raceJson } from "../www/ui/race/model/file_json.js";
import { readRace } from "../www/ui/race/model/file_read.js";
import { Race } from "../www/ui/race/model/race.js";
import { course, laneOf } from "./race_support.mjs";

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
const withoutId = ({ id: _id, fork, ...lane }) => ({ ...lane, fork: fork?.step });
