// @ts-check
// How a link arrives: what could not be taken as the link says is listed where the link lands, which is the part of the page
// that it is about.

import { firstScene, writeHash } from "../../pkg/blue_cube.js";
import { byId } from "../lib/dom.js";
import { quantity } from "../lib/format.js";
import { mute, tell } from "../lib/messages.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../lib/store.js").Store} Store */

/** Parts that a link can be about, with their headings and the places of their messages. */
const PARTS = /** @type {const} */ ({
  race: ["race-h", "race-notice"],
  code: ["code-h", "code-failure"],
  preset: ["preset", "notice"],
  cube: ["sentence", "notice"],
});

/** @typedef {keyof typeof PARTS} Part */

/** What became of the preset in a link: where it is shown, and what it changed, if it was read anew. @typedef {{ part?: Part, changes?: string[] }} Followed */

/**
 * Handles the links that arrive.
 * @param {Store} store
 * @param {(hash: string) => Promise<Followed>} follow opens the preset that a link names
 * @returns {(hash: string, changes: string[], isNew: boolean) => Promise<void>} called with what was changed in a link; a new one is scrolled to
 */
export function showArrival(store, follow) {
  return async (hash, changes, isNew) => {
    const part = partOf(store.chosen),
      named = await follow(hash),
      place = named.part ?? part;
    sayChanges(named.changes ?? changes, place);
    if (isNew && place !== "cube") land(byId(PARTS[place][0], HTMLElement), place !== "preset");
  };
}

/** Whether this is a visit by a link, and not a reload, a way back or a page that the reader has scrolled. */
export const isVisit = () => history.state?.at === undefined && scrollY === 0;

/** The part that a scene is about: the only one in which it differs from the first scene. @param {Scene} scene @returns {Part} */
function partOf(scene) {
  const first = firstScene(),
    { race, line, asWritten } = first;
  if (writeHash(scene) === "") return "cube";
  if (writeHash({ ...scene, race }) === "") return "race";
  return writeHash({ ...scene, line, asWritten }) === "" ? "code" : "cube";
}

/** Lists what was changed in a link. @param {string[]} changes @param {Part} part */
function sayChanges(changes, part) {
  for (const [, place] of Object.values(PARTS)) mute(place, "link");
  if (!changes.length) return;
  const made = `${quantity(changes.length, "change")} ${changes.length === 1 ? "was" : "were"} made to this link:`;
  // The prefix is for the line that all changes of the scene share.
  const list = changes.map(words => words.replace(/^in the race, /, ""));
  tell(PARTS[part][1], { code: "bad-message", message: made, hint: "" }, { key: "link", list });
}

/** Brings a part into view, for the keyboard and for a screen reader too. @param {HTMLElement} heading @param {boolean} isFarDown */
export function land(heading, isFarDown) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  if (isFarDown) heading.scrollIntoView({ block: "start", behavior: "instant" });
}
