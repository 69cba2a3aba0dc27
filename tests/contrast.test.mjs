// Colours of www/tokens.css: text, marks and lanes are distinguishable, light and dark, with any colour vision.
//
// Contrast is WCAG 2.2's ratio of relative luminances. Colour vision is simulated by the matrices of Machado, Oliveira
// and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency", severity 1.0, on
// linear sRGB. ΔE76 is the distance in CIELAB under D65.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { NORMS } from "../www/ui/lib/catalog.js";

const css = readFileSync(new URL("../www/tokens.css", import.meta.url), "utf8").replace(/\/\*.*?\*\//gs, "");

/** Custom properties of a block that begins with `start`. */
function tokensAfter(start) {
  const at = css.indexOf(start);
  assert.notEqual(at, -1, `${start} is in tokens.css`);
  const block = css.slice(css.indexOf("{", at) + 1, css.indexOf("}", at));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()]),
  );
}

/** The two colours of `light-dark(…)`; what is no such pair holds in both themes. */
const sides = value => /^light-dark\(([^,()]+), ([^,()]+)\)$/.exec(value)?.slice(1) ?? [value, value];

const tokens = tokensAfter(":root {");
const ofTheme = side =>
  Object.fromEntries(Object.entries(tokens).map(([name, value]) => [name, sides(value)[side]]));
const THEMES = { light: ofTheme(0), dark: ofTheme(1) };

/** Text by what it stands on. */
const TEXT = [
  ["ink", "paper"],
  ["quiet", "paper"],
  ["error", "paper"],
  ["blue-ink", "paper"],
  ["ink", "wash"],
  ["quiet", "wash"],
  ["error", "wash"],
  ["paper", "ink"],
];

/** Marks that carry meaning by what they stand on: the rims of a group and of the rest, bars, threads. */
const MARKS = [
  ["blue", "paper"],
  ["edge", "paper"],
  ["rest-edge", "paper"],
  ["edge", "rest-lo"],
  ["edge", "rest-hi"],
  ["ink", "group-lo"],
  ["group-hi", "paper"],
];

/** The colours of lanes, by their tokens in the catalogue of norms. */
const LANES = [...new Set(NORMS.map(({ token }) => token))];

const MATRICES = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Linear red, green and blue of "#RRGGBB". */
function linear(hex) {
  assert.match(hex, /^#[0-9A-F]{6}$/i);
  return [1, 3, 5]
    .map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const luminance = hex => dot([0.2126, 0.7152, 0.0722], linear(hex));

function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function lab(rgb) {
  const xyz = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339, 0.119192, 0.9503041],
  ].map(row => dot(row, rgb));
  const [x, y, z] = xyz
    .map((value, i) => value / [0.95047, 1, 1.08883][i])
    .map(t => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const seen = (hex, matrix) => lab(matrix.map(row => Math.min(1, Math.max(0, dot(row, linear(hex))))));
const difference = (a, b, matrix) =>
  Math.hypot(...seen(a, matrix).map((value, i) => value - seen(b, matrix)[i]));

test("the dark set is the same for the system and for the toggle", () => {
  // A theme is a colour scheme and nothing else, so that both take the same side of every pair.
  const themes = [...css.matchAll(/:root\[data-theme="(\w+)"\]\s*\{\s*([^}]*?)\s*\}/g)].map(
    ([, theme, body]) => [theme, body],
  );
  assert.deepEqual(themes, [
    ["light", "color-scheme: light;"],
    ["dark", "color-scheme: dark;"],
  ]);
  assert.match(css, /^:root \{\s*color-scheme: light dark;/m);
  assert.doesNotMatch(css, /prefers-color-scheme/);
  const single = Object.entries(tokens)
    .filter(([, value]) => /^#/.test(value))
    .map(([name]) => name);
  assert.deepEqual(single, [], "colours of one theme only");
});

test("every lane of the catalogue has a colour, one in forced colours, and a class; nothing else has", () => {
  const named = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name).sort();
  const show = readFileSync(new URL("../www/ui/race/view/show.css", import.meta.url), "utf8");
  const forced = Object.keys(tokensAfter("(forced-colors: active)")).filter(name => name.startsWith("lane-"));
  const want = [...LANES].sort();
  assert.deepEqual(
    Object.keys(tokens)
      .flatMap(name => /^lane-(\w+)$/.exec(name)?.[1] ?? [])
      .sort(),
    want,
  );
  assert.deepEqual(forced.map(name => name.slice("lane-".length)).sort(), want);
  assert.deepEqual(named(show, /\.lane-(\w+) \{ --lane: var\(--lane-\1\)/g), want);
});

for (const [theme, tokens] of Object.entries(THEMES)) {
  for (const [least, pairs, what] of [
    [4.5, TEXT, "text"],
    [3, [...MARKS, ...LANES.map(lane => [`lane-${lane}`, "paper"])], "marks"],
  ]) {
    test(`${theme}: ${what} at ${least}:1`, () => {
      const found = pairs.map(([a, b]) => [`${a} on ${b}`, contrast(tokens[a], tokens[b])]);
      const low = found
        .filter(([, ratio]) => ratio < least)
        .map(([pair, ratio]) => `${pair} ${ratio.toFixed(2)}`);
      assert.deepEqual(low, []);
    });
  }
  for (const [eye, matrix] of Object.entries(MATRICES)) {
    test(`${theme}: lanes differ by ΔE76 20 under ${eye}`, context => {
      const pairs = LANES.flatMap((a, i) => LANES.slice(i + 1).map(b => [a, b]));
      const found = pairs.map(([a, b]) => [
        `${a} ${b}`,
        difference(tokens[`lane-${a}`], tokens[`lane-${b}`], matrix),
      ]);
      const [closest, least] = found.reduce((x, y) => (y[1] < x[1] ? y : x));
      context.diagnostic(`closest: ${closest}, ${least.toFixed(1)}`);
      assert.ok(least >= 20, `${closest} are ${least.toFixed(1)} apart`);
    });
  }
}
