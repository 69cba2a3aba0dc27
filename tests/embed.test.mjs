// @ts-check
// The output of Share, Embed… in Node: <norm-cube> reads every attribute that a link can become, as the scene of that
// link; and the code is text, whatever a link says. `cargo xtask build`, then `node --test tests/embed.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { firstScene, initSync, readHash, writeHash } from "../www/pkg/blue_cube.js";

Object.assign(globalThis, { HTMLElement: class {}, customElements: { define: () => {} } });
const { attributesOf, fragmentOf, snippetOf, snippetWith } = await import("../www/norm-cube.js");

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url));
initSync({ module: read("../www/pkg/blue_cube_bg.wasm") });

/** @typedef {import('../www/pkg/blue_cube.js').Scene} Scene */

const types = read("../www/pkg/blue_cube.d.ts").toString();

/** The texts in a type of the wasm, or in one of its fields. @param {string} type @param {string} [field] @returns {string[]} */
const textsOf = (type, field) => {
  const [, found] =
    types.match(RegExp(`^export type ${type} =([^;]*);`, "m")) ?? assert.fail(`no type ${type}`);
  const parts = field
    ? [...found.matchAll(RegExp(`\\b${field}\\??: ([^,}]*)`, "g"))].map(([, part]) => part)
    : [found];
  return parts.flatMap(part => [...part.matchAll(/"([^"]+)"/g)].map(([, text]) => text));
};

/** Every method, those over axes with every shape that γ can have. @returns {any[]} */
const methods = () => {
  const more = /** @type {Record<string, object>} */ ({
    group: { groups: 3 },
    "group-rms": { groups: 3 },
    "ghost-batch": { size: 2 },
    "sync-batch": { devices: 2 },
  });
  const kinds = textsOf("Norm", "kind"),
    affines = [undefined, ...new Set(textsOf("Norm", "affine"))];
  assert.ok(kinds.length >= 11 && affines.length >= 4, `${kinds}; ${affines}`);
  const norms = kinds.flatMap(kind =>
    ["axes", "rms"].includes(kind)
      ? affines.flatMap(affine =>
          [["w"], ["n", "c"], ["c", "h", "w"]].map(axes => ({
            kind,
            axes,
            groups: axes.includes("c") ? 2 : 1,
            affine,
          })),
        )
      : [{ kind, ...more[kind] }],
  );
  return [
    ...norms.map(norm => ({ norm })),
    ...[true, false].map(pixel => ({ own: { images: 2, channels: 3, pixel } })),
  ];
};

/** Other parts of a scene that an element can have too. @returns {Partial<Scene>[]} */
const ways = () => [
  {},
  ...textsOf("Stage").map(stage => /** @type {Partial<Scene>} */ ({ stage })),
  ...textsOf("Mode").map(mode => /** @type {Partial<Scene>} */ ({ mode })),
  {
    seed: 4294967295,
    gamma: -1e-7,
    beta: 2.5e5,
    epsilon: 1e-12,
    momentum: 1e-7,
    rho: 0.62,
    meanLogits: [-20, 1e-7, 20],
    varianceLogits: [0.1, 2, 3],
  },
  {
    selected: { n: 3, c: 5, h: 1, w: 0 },
    poke: -0.001,
    explode: 0.25,
    turn: -25,
    zoom: 8,
    pan: [0.25, -6.5],
    allGroups: true,
    unfolded: true,
    pins: [1, 2],
  },
  { gammaRule: "uniform,-0.05,0.05~nonneg~l2,0.01", betaRule: "no", uncentred: true, dialect: "keras2" },
  ...textsOf("Layout").map(
    layout => /** @type {Partial<Scene>} */ ({ layout, shape: { n: 1, c: 1, h: 1, w: 1 } }),
  ),
  { gammaRule: "minmax,0,1,0.5", betaRule: "normal,0,0.02~l1,0.5", dialect: "nnx" },
];

/** The fragment of the frame of an element with these attributes, and what it cannot read. @param {[string, string][]} attributes */
const framed = attributes => {
  const said = new Map(attributes);
  return fragmentOf({ getAttribute: name => said.get(name) ?? null });
};

test("the element shows the scene of every link that Share writes", () => {
  for (const method of methods()) {
    for (const way of ways()) {
      const link = writeHash({ ...firstScene(), method, ...way }),
        read = readHash(link);
      const { fragment, wrong } = framed(attributesOf(`#${link}`));
      assert.deepEqual(wrong, [], link);
      if (way.layout) assert.equal(read.scene.layout, way.layout, link);
      // A number beyond its range is told of both.
      assert.deepEqual(readHash(fragment), read, link);
    }
  }
});

test("the code of a crafted link is one element with text in its attributes", () => {
  const bad = "\"><script>alert(1)</script><b title='&quot;",
    url = `https://example.org/cube/index.html#v=1&m=ln&shape=${encodeURIComponent(bad)}`;
  for (const code of [snippetOf(url), snippetWith([["shape", bad]])]) {
    const element = code.split("\n")[1];
    const attribute = '[a-z-]+(="[^"<>]*")?';
    assert.match(element, RegExp(`^<norm-cube( ${attribute})*></norm-cube>$`));
    const values = [...element.matchAll(/ shape="([^"]*)"/g)].map(([, value]) => value);
    const names = /** @type {Record<string, string>} */ ({ quot: '"', lt: "<", gt: ">", amp: "&" });
    assert.deepEqual(
      values.map(value => value.replace(/&(\w+);/g, (_, name) => names[name])),
      [bad],
    );
  }
});
