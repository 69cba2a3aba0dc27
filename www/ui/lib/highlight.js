// @ts-check
// Words, tokens and marks that name the same axis or statistic are highlighted together, anywhere on the page.
//
// Elements list their topics in data-topic: data-topic="n", data-topic="h w"; the ledger's numbers use data-opens. Pointing
// at one or focusing it highlights all that share a topic, and the cells of the cube along an axis. No part of the page
// needs to know another.

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */

const NAMED = "[data-topic], [data-opens]";

/** @param {Store} store */
export function showHighlights(store) {
  const of = (/** @type {EventTarget | null} */ target) => {
    const named = target instanceof Element ? target.closest(NAMED) : null;
    return named ? topicsOf(named).join(" ") : "";
  };
  /** The topics in keyboard focus, which stay highlighted when the pointer leaves. */
  let focused = "";
  /** The cells that this part, and no other, has highlighted. @type {Uint32Array | null} */
  let cells = null;
  document.addEventListener("pointerover", event => store.setHighlight(of(event.target) || focused));
  document.addEventListener("focusin", event => store.setHighlight((focused = of(event.target))));
  document.addEventListener("focusout", () => store.setHighlight((focused = "")));
  let shown = "";
  store.on(change => {
    if (change !== "lit" || store.highlight === shown) return;
    shown = store.highlight;
    light(shown);
    const next = cellsOf(shown.split(" "), store.scene);
    if (!next && store.lit !== cells) return;
    cells = next;
    store.setLit(next);
  });
}

/**
 * Highlights what names one of the topics. Parts that are repainted call it for themselves.
 * @param {string} topics
 * @param {ParentNode} [root]
 */
export function light(topics, root = document) {
  const wanted = topics.split(" ").filter(Boolean);
  for (const element of root.querySelectorAll(NAMED)) {
    element.classList.toggle(
      "lit",
      topicsOf(element).some(topic => wanted.includes(topic)),
    );
  }
}

/**
 * "mean 0" of the ledger is the mean of its first set.
 * @param {Element} element
 */
function topicsOf(element) {
  const opens = element.getAttribute("data-opens");
  return opens === null ? (element.getAttribute("data-topic") ?? "").split(" ") : [opens.split(" ")[0]];
}

/**
 * The cells along an axis through the star, or those of its group.
 * @param {string[]} topics
 * @param {Scene} scene
 * @returns {Uint32Array | null} a box: from n, c, h, w to those behind its end
 */
function cellsOf(topics, { shape, selected, method }) {
  /** @type {("n" | "c" | "h" | "w")[]} */
  const axes = ["n", "c", "h", "w"];
  const from = axes.map(axis => (topics.includes(axis) ? 0 : selected[axis]));
  const to = axes.map(axis => (topics.includes(axis) ? shape[axis] : selected[axis] + 1));
  if (topics.includes("g") || topics.includes("channels-of-group")) {
    const norm = typeof method === "object" && "norm" in method ? method.norm : null;
    const span = norm?.kind === "group" ? shape.c / norm.groups : shape.c;
    from[1] = Math.floor(selected.c / span) * span;
    to[1] = from[1] + span;
  } else if (!axes.some(axis => topics.includes(axis))) {
    return null;
  }
  return new Uint32Array([...from, ...to]);
}
