// @ts-check
// The listing: lines, their tokens and their shapes.

import { byId, html } from "./dom.js";

/** @typedef {import("../pkg/code/blue_cube.js").Line} Line */
/** @typedef {import("../pkg/code/blue_cube.js").Token} Token */

/** What stands beside the wrong token. */
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
      const line = Number(item.dataset.line), isNow = line === caret;
      item.className = isNow ? "now" : line < caret ? "past" : "future";
      if (isNow) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      // Tab goes to the caret's line and its tokens; the arrow keys go from line to line.
      for (const stop of item.querySelectorAll("button, .tok")) if (stop instanceof HTMLElement) stop.tabIndex = isNow ? 0 : -1;
      if (isNow && had && !item.contains(document.activeElement)) item.querySelector("button")?.focus({ preventScroll: true });
    }
  };
}

/** @param {Line} line */
function lineNode(line) {
  const number = html("button", "line-button num", String(line.number));
  number.type = "button";
  number.setAttribute("aria-label", `Line ${line.number}`);
  const shape = html("span", "shape", ...line.shape.flatMap(({ name, length, topic }) => {
    const letter = name ? html("span", "", html("b", "", name), html("sub", "", String(length))) : html("span", "", String(length));
    if (topic) letter.dataset.topic = topic;
    return [letter, " "];
  }));
  const item = html("li", "", number, html("code", "", ...codeNodes(line.tokens)), shape);
  item.dataset.line = String(line.number);
  return item;
}

/**
 * Tokens with a mark stand under one rule.
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
  if (!topic) return text;
  const node = html("span", "tok", text);
  node.dataset.topic = topic;
  return node;
}
