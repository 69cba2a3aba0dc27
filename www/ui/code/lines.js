// @ts-check
// The listing: lines, their tokens and their shapes.

import { byId, html } from "../lib/dom.js";

/** @typedef {import("../../pkg/code/blue_cube.js").Line} Line */
/** @typedef {import("../../pkg/code/blue_cube.js").Token} Token */

/** The note next to the wrong token. */
const WRONG = "⚠ no square root";

/**
 * Builds the listing.
 * @param {(line: number) => void} go
 * @returns {(lines: Line[], caret: number) => void}
 */
export function showLines(go) {
  const root = byId("lines", HTMLOListElement);
  /** @type {Line[] | null} */
  let shown = null;
  root.addEventListener("click", event => {
    const line = event.target instanceof Element ? event.target.closest("li") : null;
    if (line) go(Number(line.dataset.line));
  });
  return (lines, caret) => {
    const had = root.contains(document.activeElement);
    if (lines !== shown) root.replaceChildren(...lines.map(lineNode));
    shown = lines;
    for (const item of root.children) {
      if (!(item instanceof HTMLElement)) continue;
      const line = Number(item.dataset.line),
        isNow = line === caret;
      item.className = isNow ? "now" : line < caret ? "past" : "future";
      if (isNow) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      // Tab moves to the caret's line and its tokens; the arrow keys move from line to line.
      for (const stop of item.querySelectorAll("button, .tok"))
        if (stop instanceof HTMLElement) stop.tabIndex = isNow ? 0 : -1;
      if (isNow && had && !item.contains(document.activeElement))
        item.querySelector("button")?.focus({ preventScroll: true });
    }
  };
}

/** @param {Line} line */
function lineNode(line) {
  const label = { type: "button", "aria-label": `Line ${line.number}` };
  const number = html("button", { class: "line-button num", ...label }, String(line.number));
  const shape = html(
    "span",
    "shape",
    ...line.shape.flatMap(({ name, length, topic }) => {
      const letter = name ? [html("b", "", name), html("sub", "", String(length))] : [String(length)];
      return [html("span", { "data-topic": topic || undefined }, ...letter), " "];
    }),
  );
  return html("li", { "data-line": line.number }, number, html("code", "", ...codeNodes(line.tokens)), shape);
}

/**
 * Groups marked tokens, which share one underline.
 * @param {Token[]} tokens
 */
function codeNodes(tokens) {
  const marked = tokens.find(token => token.mark)?.mark;
  const nodes = (/** @type {Token[]} */ some) => some.map(tokenNode);
  if (!marked) return nodes(tokens);
  const rule = html("span", marked, ...nodes(tokens.filter(token => token.mark)));
  const said = marked === "wrong" ? [" ", html("span", "warning", WRONG)] : [];
  return [...nodes(tokens.filter(token => !token.mark)), rule, ...said];
}

/** @param {Token} token */
function tokenNode({ text, topic }) {
  return topic ? html("span", { class: "tok", "data-topic": topic }, text) : text;
}
