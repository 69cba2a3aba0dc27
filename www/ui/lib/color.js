// @ts-check
// Colours as others than a style sheet read them.

import { html, looksKey } from "./dom.js";

/** Turns what a style says of a colour, `oklab(…)` and `CanvasText` too, into `#rrggbb`. */
export function hexes() {
  const context = html("canvas").getContext("2d", { willReadFrequently: true });
  /** @type {Map<string, string>} */
  const known = new Map();
  return (/** @type {string} */ color) => {
    const before = known.get(color);
    if (before || !context) return before ?? color;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    const text = a ? `#${[r, g, b].map(part => part.toString(16).padStart(2, "0")).join("")}` : "none";
    known.set(color, text);
    return text;
  };
}

/** Tokens that were read, under the looks that they were read under. @type {Map<string, string>} */
const read = new Map();
let readUnder = "";

/**
 * The page's colours of some tokens, as `#rrggbb`. An element's style resolves what a token says of another, of the theme or of the system.
 * @param {...string} names such as `--ink`
 */
export function tokenHexes(...names) {
  const looks = looksKey();
  if (looks !== readUnder) read.clear();
  readUnder = looks;
  const news = names.filter(name => !read.has(name));
  if (news.length) readTokens(news);
  return names.map(name => read.get(name) ?? "");
}

/** @param {string[]} names */
function readTokens(names) {
  // An element each: one whose colour changed might still be on its way from the colour before.
  const probes = names.map(name => {
    const probe = html("span");
    Object.assign(probe.style, { color: `var(${name})`, forcedColorAdjust: "none" });
    return probe;
  });
  const root = html("span", "probe", ...probes),
    hex = hexes();
  document.body.append(root);
  probes.forEach((probe, at) => read.set(names[at], hex(getComputedStyle(probe).color)));
  root.remove();
}
