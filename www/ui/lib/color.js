// @ts-check
// Colours for use outside style sheets.

import { html, looksKey } from "./dom.js";

/** Turns a CSS colour, including `oklab(…)` and `CanvasText`, into `#rrggbb`. */
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

/** Tokens that were read, by the colour settings in force. @type {Map<string, string>} */
const read = new Map();
let readUnder = "";

/**
 * The page's colours of some tokens, as `#rrggbb`. An element's computed style resolves references to other tokens, the theme and the system.
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
  // One element each: with a single one, a colour transition might still be running.
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
