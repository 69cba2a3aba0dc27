// @ts-check
// Links: a scene as an address, and what of an address is the page's own.
//
// `ui=cube` shows the sentence and the cube alone, for frames and slides; `theme=light` or `theme=dark` goes with it. Both say
// how the page stands, not what it shows: they are no part of the scene, Undo changes neither, and Rust ignores them.

import { readHash, writeHash } from "../../pkg/blue_cube.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/blue_cube.js").Clamped} Clamped */

/** What the address says. @returns {Clamped} */
export const sceneOfLink = () => readHash(location.hash);

/** The keys of the address that are the page's. */
export function pageKeys() {
  const said = new URLSearchParams(location.hash.slice(1)),
    theme = said.get("theme");
  const isCube = said.get("ui") === "cube";
  return { isCube, theme: isCube && (theme === "light" || theme === "dark") ? theme : null };
}

/** The link to a scene on the whole page. @param {Scene} scene */
export const linkTo = scene => address([writeHash(scene)]);

/** The link to a scene, the page as it stands. @param {Scene} scene */
export const linkHere = scene => address([writeHash(scene), ...own()]);

/** The link to the page as it stands, without a scene. */
export const bareLink = () => address(own());

/** The pairs of the address that are the page's. */
function own() {
  const { isCube, theme } = pageKeys();
  return [isCube && "ui=cube", theme && `theme=${theme}`];
}

/** @param {(string | false | null)[]} pairs */
function address(pairs) {
  const fragment = pairs.filter(Boolean).join("&");
  return `${location.href.split("#")[0]}${fragment && `#${fragment}`}`;
}
