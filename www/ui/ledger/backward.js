// @ts-check
// Where the gradient goes: 1 at the star's y, propagated back to every x, term by term.

import { html, svg } from "../lib/dom.js";
import { foldOpens } from "../lib/opened.js";
import { integer } from "../lib/format.js";

/** @typedef {import("../../pkg/blue_cube.js").Ledger} Ledger */
/** @typedef {import("../../pkg/blue_cube.js").Backward} Backward */
/** @typedef {import("../lib/store.js").Store} Store */

const NAMES = ["direct", "via μ", "via σ²", "∂y★/∂x"];

/** Size of a row of bars. */
const WIDTH = 220,
  HEIGHT = 34;

/**
 * Shows the terms.
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {Ledger} ledger
 * @returns {() => void}
 */
export function showBackward(root, store, ledger) {
  const body = html("tbody"),
    note = html("p", "books-note");
  const heads = ["", "at each x, in ascending order", "at ★", "sum"].map(head =>
    html("th", { scope: "col" }, head),
  );
  const table = html("table", "backward", html("thead", "", html("tr", "", ...heads)), body);
  const onclick = () => store.set({ stage: store.scene.stage === "gradient" ? "x" : "gradient" });
  const inCube = html("button", { class: "link", type: "button", onclick });
  const fold = html("details", "fold", html("summary", "", "Where the gradient goes"), table, note, inCube);
  root.append(fold);
  const refresh = () => {
    if (!fold.open) return;
    const backward = ledger.backward();
    body.replaceChildren(
      ...backward.terms.map((term, i) => {
        const head = html("th", { scope: "row" }, NAMES[i]);
        return html(
          "tr",
          i === 3 ? "total" : "",
          head,
          html("td", "", bars(term.bars, backward)),
          html("td", "num", term.atStar),
          html("td", "num", term.sum),
        );
      }),
    );
    note.textContent = said(backward);
    inCube.textContent =
      store.scene.stage === "gradient" ? "Show x in the cube again" : "Show the gradient in the cube";
  };
  fold.addEventListener("toggle", refresh);
  foldOpens(store, "gradient", fold);
  store.on(() => {
    if (!fold.open) body.replaceChildren();
  });
  return refresh;
}

/**
 * Bars on a scale that suits all but the star's, which is cut off where it is too tall.
 * @param {number[]} values
 * @param {Backward} backward
 */
function bars(values, { range, star }) {
  const root = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const reach = Math.max(-range[0], range[1]) || Math.max(...values.map(Math.abs)) || 1;
  const low = Math.min(range[0], -0.4 * reach),
    high = Math.max(range[1], reach) * 1.6,
    span = high - low;
  const y = (/** @type {number} */ value) => ((high - Math.min(high, Math.max(low, value))) / span) * HEIGHT;
  const step = WIDTH / values.length;
  values.forEach((value, i) => {
    if (Math.abs(value) / span < 1e-4) return;
    const top = Math.min(y(value), y(0)),
      height = Math.max(0.5, Math.abs(y(value) - y(0)));
    root.append(
      svg("rect", {
        class: i === star ? "bar-star" : "bar-g",
        x: (i * step).toFixed(2),
        y: top.toFixed(2),
        width: Math.max(0.6, step * 0.8).toFixed(2),
        height: height.toFixed(2),
      }),
    );
    // Too tall for the scale: a gap marks the cut.
    if (value > high || value < low)
      root.append(
        svg("rect", {
          class: "tear",
          x: (i * step - 1).toFixed(2),
          y: value > 0 ? 6 : HEIGHT - 8,
          width: (step + 2).toFixed(2),
          height: 2,
        }),
      );
  });
  root.append(svg("path", { class: "base", d: `M0 ${y(0).toFixed(2)}H${WIDTH}` }));
  return root;
}

/** @param {Backward} backward */
function said({ terms, count }) {
  const [, byMean, byVariance, all] = terms;
  const parts = `A gradient of 1 on ★’s y reaches ${count === 1 ? "★’s x alone" : `${integer(count)} values of x`}.`;
  if (count === 1 && Number(byMean.sum) === 0)
    return `${parts} Its statistics, if any, are constants: no gradient flows through them.`;
  const isTilt = byVariance.sum === "0.000";
  if (all.sum === "0.000")
    return `${parts} Through the mean, all get the same small share back; through the variance, a tilt along x̂${isTilt ? ", which sums to 0" : ""}. The total is 0.000: adding the same amount to every value changes no y. ★’s own bar is cut off where it is too tall.`;
  return `${parts} No mean is subtracted, so no gradient flows through one, and the sum is not 0.`;
}
