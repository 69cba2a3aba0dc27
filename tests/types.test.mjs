// The types of each side of the wasm, as built: those that the side mentions, each name once. `tsc` checks that all of
// them are declared.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

/** The sides, the types that only their users need, and the most types that they may have. */
const SIDES = [
  { folder: "", roots: ["FromWorker", "ToWorker", "NormKind"], most: 110 },
  { folder: "code/", roots: [], most: 30 },
  { folder: "charts/", roots: [], most: 30 },
  { folder: "worker/", roots: [], most: 80 },
  { folder: "package/", roots: ["BlueCubeError"], most: 30 },
  { folder: "bench/", roots: [], most: 15 },
];

/** What every side has of wasm-bindgen's, apart from its types. */
const GLUE = ["InitInput", "InitOutput", "SyncInitInput"];

/** Declarations as [kind, name, text], without comments and strings. */
async function declarations(folder) {
  const text = await readFile(new URL(`../www/pkg/${folder}blue_cube.d.ts`, import.meta.url), "utf8");
  const bare = text.replace(/\/\*[^]*?\*\/|\/\/.*|"[^"\n]*"/g, "");
  const parts = bare.split(/^export /m).slice(1);
  return parts.map(part => {
    const [, kind, name] =
      part.match(/^(?:default )?(function|class|interface|type) (\w+)/) ??
      assert.fail(`read no declaration: ${part}`);
    return [kind, name, part];
  });
}

for (const { folder, roots, most } of SIDES) {
  test(`types of www/pkg/${folder}`, async () => {
    const all = await declarations(folder);
    const names = all.map(([, name]) => name);
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) < at),
      [],
      "declared twice",
    );

    const types = all
      .filter(([kind, name]) => (kind === "interface" || kind === "type") && !GLUE.includes(name))
      .map(([, name]) => name);
    const isMentioned = name =>
      all.some(([, other, text]) => other !== name && RegExp(`\\b${name}\\b`).test(text));
    assert.deepEqual(
      types.filter(name => !roots.includes(name) && !isMentioned(name)),
      [],
      "nothing leads to them",
    );
    for (const root of roots) assert.ok(types.includes(root), `${root} is missing`);
    assert.ok(types.length <= most, `${types.length} types, where at most ${most} are expected`);
  });
}
