// @ts-check
// Words, tokens and marks that name the same axis or statistic are lit together, wherever on the page they stand.
//
// Whatever names something says so by data-topic, a list of topics: data-topic="n", data-topic="h w". Pointing at it or
// focusing it lights all that share one. No part of the page needs to know another.

/** @typedef {import("./store.js").Store} Store */

/** @param {Store} store */
export function showHighlights(store) {
  const of = (/** @type {EventTarget | null} */ target) => {
    const named = target instanceof Element ? target.closest("[data-topic]") : null;
    return named?.getAttribute("data-topic") ?? "";
  };
  /** What has the keyboard's focus, which stays lit when the pointer leaves. */
  let focused = "";
  document.addEventListener("pointerover", event => store.setHighlight(of(event.target) || focused));
  document.addEventListener("focusin", event => store.setHighlight(focused = of(event.target)));
  document.addEventListener("focusout", () => store.setHighlight(focused = ""));
  store.on(change => {
    if (change === "focus") light(store.highlight);
  });
}

/**
 * Lights what names one of the topics. Parts which are painted anew call it for themselves.
 * @param {string} topics
 * @param {ParentNode} [root]
 */
export function light(topics, root = document) {
  const wanted = topics.split(" ").filter(Boolean);
  for (const element of root.querySelectorAll("[data-topic]")) {
    const own = element.getAttribute("data-topic")?.split(" ") ?? [];
    element.classList.toggle("lit", own.some(topic => wanted.includes(topic)));
  }
}
