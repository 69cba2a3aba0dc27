// The rooms of www/ui: which may use which, and how files are called. Read from the sources: what runs, and what types name.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const ROOT = new URL("../www/", import.meta.url);

/** Every room, with the rooms that it may use. Parts of the page do not know each other: they meet in the store. */
const ROOMS = {
  lib: [],
  cube: ["lib"],
  ledger: ["lib"],
  code: ["lib"],
  tensor: ["lib"],
  sentence: ["lib"],
  "race/model": ["lib"],
  "race/view": ["lib", "tensor", "sentence", "race/model"],
  shell: ["lib", "cube", "ledger", "code", "tensor", "sentence", "race/model", "race/view"],
};

/** Files outside the rooms that a room may load: public addresses, and the wasm. */
const OUTSIDE = ["pkg/", "worker.js", "norm-cube.js", "fetch_data.js"];

const files = readdirSync(new URL("ui/", ROOT), { recursive: true, encoding: "utf8" })
  .filter(name => /\.(js|ts|css)$/.test(name))
  .map(name => `ui/${name}`)
  .sort();
const scripts = files.filter(name => !name.endsWith(".css"));

/** The room of a file; undefined for one that lies in none. */
const roomOf = file => Object.keys(ROOMS).find(room => posix.dirname(file) === `ui/${room}`);

/** What a text imports, as paths from www/, and whether it runs. */
function importsOf(file, text) {
  const found = [
    ...text.matchAll(/(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|new URL\(\s*)["']([^"'\s]+)["']/g),
  ];
  return found
    .filter(([, head, spec]) => spec.startsWith(".") || head.startsWith("new URL"))
    .map(({ 0: all, 1: head, 2: spec, index }) => {
      const line = text.slice(text.lastIndexOf("\n", index) + 1, text.indexOf("\n", index) >>> 0);
      // A type is named in a comment; `import(…)` outside of one loads.
      const isType =
        /^\s*(\/\*\*|\*|\/\/)/.test(line) || text.lastIndexOf("/*", index) > text.lastIndexOf("*/", index);
      return {
        target: posix.normalize(posix.join(posix.dirname(file), spec)),
        isType,
        isLate: head.startsWith("import") && all.includes("("),
        line: line.trim(),
      };
    });
}

/** What is wrong with the imports of a file. */
function wrongImports(file, text) {
  const own = roomOf(file);
  return importsOf(file, text).flatMap(({ target, isType, line }) => {
    const room = roomOf(target);
    if (!room)
      return OUTSIDE.some(start => target.startsWith(start))
        ? []
        : [`${file}: ${target} lies in no room: ${line}`];
    if (room !== own && !ROOMS[own].includes(room))
      return [
        `${file}: “${own}” may use ${ROOMS[own].join(", ") || "no other room"}, not “${room}”: ${line}`,
      ];
    // Types alone may stand in a file of declarations.
    const isThere = [target, ...(isType ? [target.replace(/\.js$/, ".d.ts")] : [])].some(name =>
      existsSync(new URL(name, ROOT)),
    );
    return isThere ? [] : [`${file}: ${target} is not there: ${line}`];
  });
}

test("every file lies in a room and is called in snake_case", () => {
  assert.ok(scripts.length > 50, `${scripts.length} scripts are found`);
  assert.deepEqual(
    files.filter(file => !roomOf(file)),
    [],
    "files outside the rooms",
  );
  const bad = files.filter(file => !/^[a-z0-9]+(_[a-z0-9]+)*(\.d)?\.(js|ts|css)$/.test(posix.basename(file)));
  assert.deepEqual(bad, []);
  // The element's address is public.
  const top = readdirSync(ROOT).filter(name => name.endsWith(".js") && name !== "norm-cube.js");
  assert.deepEqual(
    top.filter(name => name.includes("-")),
    [],
  );
});

test("rooms are in an order in which each uses those before it only", () => {
  const order = Object.keys(ROOMS);
  for (const [room, uses] of Object.entries(ROOMS))
    assert.deepEqual(
      uses.filter(used => order.indexOf(used) >= order.indexOf(room)),
      [],
      room,
    );
});

test("rooms use those that they may", () => {
  assert.deepEqual(
    scripts.flatMap(file => wrongImports(file, readFileSync(new URL(file, ROOT), "utf8"))),
    [],
  );
});

test("no file waits for itself", () => {
  const uses = new Map(
    scripts.map(file => {
      const all = importsOf(file, readFileSync(new URL(file, ROOT), "utf8"));
      return [
        file,
        all
          .filter(({ isType, isLate, target }) => !isType && !isLate && roomOf(target))
          .map(({ target }) => target),
      ];
    }),
  );
  const done = new Set(),
    cycles = [];
  const walk = (file, path) => {
    if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    for (const used of uses.get(file) ?? []) walk(used, [...path, file]);
    done.add(file);
  };
  for (const file of uses.keys()) walk(file, []);
  assert.deepEqual(cycles, []);
});

test("the reader of imports sees what is wrong", () => {
  const wrong = [
    ["ui/lib/dom.js", 'import { showCube } from "../cube/cube.js";', "may use no other room, not “cube”"],
    ["ui/cube/cube.js", '/** @typedef {import("../ledger/ledger.js").X} X */', "not “ledger”"],
    ["ui/race/model/race.js", 'const { showChart } = await import("../view/chart.js");', "not “race/view”"],
    ["ui/tensor/tensor.js", '/** @import { Race } from "../race/model/race.js" */', "not “race/model”"],
    ["ui/code/run.js", 'new Worker(new URL("../tensor/file_worker.js", import.meta.url))', "not “tensor”"],
    ["ui/shell/share.js", 'import { x } from "../../bench.js";', "lies in no room"],
    ["ui/shell/share.js", 'import { x } from "../lib/nothing.js";', "is not there"],
  ];
  for (const [file, text, words] of wrong) {
    const found = wrongImports(file, text);
    assert.ok(found.length === 1 && found[0].includes(words), `${file} with ${text} gives ${found}`);
  }
  const right = [
    [
      "ui/shell/share.js",
      'const { svgFile } = await import("../cube/figure_file.js"), { snippetOf } = await import("../../norm-cube.js");',
    ],
    [
      "ui/race/view/in_cube.js",
      'import { showTensor } from "../../tensor/shown.js";\nimport init from "../../../pkg/blue_cube.js";',
    ],
  ];
  for (const [file, text] of right) assert.deepEqual(wrongImports(file, text), [], text);
});
