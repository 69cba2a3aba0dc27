// @ts-check
// Links: a scene as an address, and the page's own keys in it.
//
// `ui=cube` shows only the sentence and the cube, for frames and slides; `theme=light` or `theme=dark` goes with it. Both
// describe the page and not the scene: Undo changes neither, and Rust ignores them.

import { readHash, writeHash } from "../../pkg/blue_cube.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/blue_cube.js").Clamped} Clamped */

/** The scene of the address. @returns {Clamped} */
export const sceneOfLink = () => readHash(location.hash);

/** The page's own keys in the address. */
export function pageKeys() {
  const said = new URLSearchParams(location.hash.slice(1)),
    theme = said.get("theme");
  const isCube = said.get("ui") === "cube";
  return { isCube, theme: isCube && (theme === "light" || theme === "dark") ? theme : null };
}

/** The link to a scene on the whole page. @param {Scene} scene */
export const linkTo = scene => address([writeHash(scene)]);

/** The link to a scene in the page's current form. @param {Scene} scene */
export const linkHere = scene => address([writeHash(scene), ...own()]);

/** The link to the page in its current form, without a scene. */
export const bareLink = () => address(own());

/** The page's own pairs in the address. */
function own() {
  const { isCube, theme } = pageKeys();
  return [isCube && "ui=cube", theme && `theme=${theme}`];
}

/** @param {(string | false | null)[]} pairs */
function address(pairs) {
  const fragment = pairs.filter(Boolean).join("&");
  return `${location.href.split("#")[0]}${fragment && `#${fragment}`}`;
}
