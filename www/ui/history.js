// @ts-check
// The scene in the address: a link opens it, Back and Undo walk through what was committed.

import { sceneFromHash, sceneToHash } from "../pkg/blue_cube.js";

/** @typedef {import("./store.js").Store} Store */

/** Milliseconds between two rewritings of the address while something is dragged: browsers allow about 100 in 30 s. */
const CALM = 400;

/**
 * Opens the scene of the address, then keeps both the same. Each entry of the browser's history that is ours holds its
 * number, counted from the entry where the page came in: Undo stops there, lest it leave the page.
 * @param {Store} store
 */
export function followHash(store) {
  let entry = entryNumber() ?? 0;
  if (isScene(location.hash)) store.travel(sceneFromHash(location.hash));
  let committed = sceneToHash(store.scene), timer = 0;
  put("replaceState", entry, committed);

  store.on(change => {
    if (change === "drag") {
      timer ||= setTimeout(() => { timer = 0; put("replaceState", entry, sceneToHash(store.scene)); }, CALM);
    } else if (change === "commit") {
      const hash = sceneToHash(store.scene);
      clear();
      put("replaceState", entry, committed);
      if (hash === committed) return;
      put("pushState", ++entry, hash);
      committed = hash;
    }
  });
  addEventListener("popstate", () => {
    clear();
    const hash = location.hash;
    // A link within the page, to a part of it: the address takes the scene again, and the part stays in sight.
    if (!isScene(hash) && hash !== "") return put("replaceState", entry, committed);
    // An entry without a number is an address that was typed.
    entry = entryNumber() ?? entry + 1;
    store.travel(sceneFromHash(hash));
    committed = sceneToHash(store.scene);
    put("replaceState", entry, committed);
  });
  document.addEventListener("keydown", event => {
    const step = stepOf(event);
    if (!step || isTextField(event.target)) return;
    event.preventDefault();
    if (step > 0) history.forward();
    else if (entry > 0) history.back();
  });

  function clear() {
    clearTimeout(timer);
    timer = 0;
  }
}

/** The address of a scene, to be sent to others. @param {Store} store */
export function linkTo(store) {
  const link = new URL(location.href);
  link.hash = sceneToHash(store.scene);
  return link.href;
}

/** Whether a fragment says something of the scene, rather than naming a part of the page. @param {string} hash */
const isScene = hash => hash.includes("=");

/** The number of the present entry of the history; none if it is not ours. @returns {number | undefined} */
function entryNumber() {
  return history.state?.entry;
}

/**
 * @param {"pushState" | "replaceState"} way
 * @param {number} entry
 * @param {string} hash
 */
function put(way, entry, hash) {
  const url = hash ? `#${hash}` : location.pathname + location.search;
  try {
    history[way]({ entry }, "", url);
  } catch {
    // Too many changes within half a minute: the address catches up with the next one.
  }
}

/** −1 for Undo, 1 for Redo, 0 for other keys. @param {KeyboardEvent} event */
function stepOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (!(ctrlKey || metaKey) || altKey) return 0;
  if (key.toLowerCase() === "z") return shiftKey ? 1 : -1;
  return key.toLowerCase() === "y" && ctrlKey ? 1 : 0;
}

/** Whether keys write into it, so that Undo is the field's own. @param {EventTarget | null} target */
function isTextField(target) {
  if (target instanceof HTMLInputElement) return !["range", "checkbox", "radio", "button", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}
