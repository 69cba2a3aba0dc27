// @ts-check
// The page as `&ui=cube` shows it: sentence and cube, a link to the whole page, and messages to the host page.
//
// Messages are posted to any origin, since anyone may frame the cube: the height that it wants, the sentence, the link. No
// messages are accepted; a host changes the fragment instead.

import { spokenOf } from "../../pkg/blue_cube.js";
import { byId, html } from "../lib/dom.js";
import { linkTo, pageKeys } from "../lib/link.js";

/** @typedef {import("../lib/store.js").Store} Store */

/** What a frame posts to its host; norm-cube.js reads it. @typedef {{ source: "blue-cube", height: number, sentence: string, link: string, changed: boolean }} Word */

/**
 * @param {Store} store
 * @param {() => void} onTheme called when the fragment changes the theme
 */
export function showEmbedded(store, onTheme) {
  const whole = html("a", { class: "text", target: "_blank", rel: "noopener" }, "open in Blue Cube");
  byId("cube-canvas", HTMLElement)
    .closest("main")
    ?.append(html("p", "whole", whole));
  const tell = (/** @type {boolean} */ changed) => {
    const { height } = document.body.getBoundingClientRect();
    const link = linkTo(store.scene);
    whole.href = link;
    /** @type {Word} */
    const word = {
      source: "blue-cube",
      height: Math.ceil(height),
      sentence: spokenOf(store.scene),
      link,
      changed,
    };
    if (parent !== window) parent.postMessage(word, "*");
  };
  store.on(change => {
    if (change === "commit" || change === "travel") tell(change === "commit");
  });
  new ResizeObserver(() => tell(false)).observe(document.body);
  addEventListener("hashchange", () => {
    const { theme } = pageKeys(),
      root = document.documentElement;
    if ((root.dataset.theme ?? null) === theme) return;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    onTheme();
  });
}

/** Reloads the page when the fragment asks for the other of its two forms. */
export function watchForm() {
  const { isCube } = pageKeys();
  addEventListener("hashchange", () => {
    // A link to a part of the page, `#code`, does not set its form.
    if (location.hash.includes("=") && pageKeys().isCube !== isCube) location.reload();
  });
}
