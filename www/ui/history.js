// @ts-check
// The address bar: the scene as a link, and a history that Back, Forward, Ctrl-Z and Ctrl-Shift-Z walk.

import { readHash, writeHash } from "../pkg/blue_cube.js";

/** @typedef {import("../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../pkg/blue_cube.js").Clamped} Clamped */
/** @typedef {import("./store.js").Store} Store */

/** Milliseconds between two changes of the address while something is dragged: browsers allow some two hundred in half a minute. */
const PAUSE_MILLIS = 250;

/** What the link that opened the page says. @returns {Clamped} */
export const sceneOfLink = () => readHash(location.hash);

/** The link to a scene: the page's own address, and what of the fragment is the page's and not the scene's. @param {Scene} scene */
export function linkTo(scene) {
  const ui = new URLSearchParams(location.hash.slice(1)).get("ui"), state = writeHash(scene);
  const parts = [state, ui && `ui=${encodeURIComponent(ui)}`].filter(Boolean);
  return `${location.href.split("#")[0]}${parts.length ? `#${parts.join("&")}` : ""}`;
}

/** @param {Store} store */
export function showHistory(store) {
  /** The link of the scene that stands in the history now. */
  let standing = linkTo(store.scene);
  /** Steps of the history since the page was opened: Undo does not leave it. */
  let at = Number(history.state?.at ?? 0), timer = 0;
  put("replaceState", at, location.href);
  const commit = () => {
    clearTimeout(timer);
    timer = 0;
    const link = linkTo(store.scene);
    if (link === standing) return put("replaceState", at, standing);
    // A drag has written over the step that it set out from.
    put("replaceState", at, standing);
    put("pushState", ++at, link);
    standing = link;
  };
  store.on(change => {
    if (change === "commit") commit();
    // Another part brought a scene, such as the experiment that the link names.
    if (change === "travel") put("replaceState", at, standing = linkTo(store.scene));
    if (change === "drag") timer ||= window.setTimeout(() => { timer = 0; put("replaceState", at, linkTo(store.scene)); }, PAUSE_MILLIS);
  });
  addEventListener("popstate", event => {
    clearTimeout(timer);
    timer = 0;
    // A link to a part of the page says nothing of the scene: the address takes the scene again.
    if (/^#[^=]+$/.test(location.hash)) return put("replaceState", at, standing);
    at = Number(event.state?.at ?? at + 1);
    store.travel(sceneOfLink());
    standing = linkTo(store.scene);
    put("replaceState", at, standing);
  });
  document.addEventListener("keydown", event => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y") || isTyped(event.target)) return;
    const back = key === "z" && !event.shiftKey;
    if (back && at === 0) return;
    event.preventDefault();
    if (back) history.back();
    else history.forward();
  });
}

/**
 * Writes the address.
 * @param {"pushState" | "replaceState"} way
 * @param {number} at
 * @param {string} link
 */
function put(way, at, link) {
  try {
    history[way]({ at }, "", link);
  } catch {
    // Some browsers refuse more than a hundred in half a minute: the address catches up with the next change.
  }
}

/** Whether keys belong to a field in which text is typed. @param {EventTarget | null} target */
const isTyped = target => target instanceof HTMLTextAreaElement
  || (target instanceof HTMLInputElement && !["radio", "checkbox", "range", "button", "file"].includes(target.type));
