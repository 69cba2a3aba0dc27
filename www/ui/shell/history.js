// @ts-check
// The address bar: the scene as a link, and a history that Back, Forward, Ctrl-Z and Ctrl-Shift-Z walk.

import { linkHere, sceneOfLink } from "../lib/link.js";

/** @typedef {import("../lib/store.js").Store} Store */

/** Milliseconds between two changes of the address during a drag: browsers allow about 200 in 30 seconds. */
const PAUSE_MILLIS = 250;

/**
 * @param {Store} store
 * @param {(hash: string, changes: string[]) => void} [onLink] called when the reader has entered another link, with what was changed in it
 */
export function showHistory(store, onLink) {
  /** The link of the scene that the history holds now. */
  let standing = linkHere(store.scene);
  const late = lateWriting(() => steps.replace(linkHere(store.scene)));
  const travel = (to = sceneOfLink()) => {
    late.drop();
    store.travel(to);
    standing = linkHere(store.chosen);
    steps.replace(standing);
  };
  const steps = parent === window ? stepsOfTab() : stepsOfFrame(travel);
  steps.replace(location.href);
  const key = heldKey();
  const commit = () => {
    late.drop();
    const link = linkHere(store.scene);
    if (link === standing) return steps.replace(standing);
    if (!key.isHeld || !key.hasStepped) {
      // A drag has overwritten the step that it started from.
      steps.replace(standing);
      steps.push(link);
    } else late.ask();
    key.hasStepped = true;
    standing = link;
  };
  store.on(change => {
    if (change === "commit") commit();
    // Another part set a scene, such as the experiment that the link names.
    if (change === "travel") steps.replace((standing = linkHere(store.scene)));
    if (change === "drag") late.ask();
  });
  addEventListener("popstate", event => {
    // A link to a part of the page has no scene: the scene is written to the address again.
    if (/^#[^=]+$/.test(location.hash)) return steps.replace(standing);
    steps.came(event);
    // A step of ours has a state; a link that was typed or followed has none.
    if (event.state || !onLink) return travel();
    const { hash } = location,
      { scene, changes } = sceneOfLink();
    travel({ scene, changes: [] });
    onLink(hash, changes);
  });
  document.addEventListener("keydown", event => {
    const letter = event.key.toLowerCase();
    if (
      !(event.ctrlKey || event.metaKey) ||
      event.altKey ||
      (letter !== "z" && letter !== "y") ||
      isTyped(event.target)
    )
      return;
    if (steps.go(letter === "z" && !event.shiftKey ? -1 : 1)) event.preventDefault();
  });
}

/** Writes later, once for all requests until then. @param {() => void} write */
function lateWriting(write) {
  let timer = 0;
  const drop = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const ask = () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      write();
    }, PAUSE_MILLIS);
  };
  return { ask, drop };
}

/** Whether a key is held down, and whether it has made a step already: all its repeats are one step, like a drag. */
function heldKey() {
  const key = { isHeld: false, hasStepped: false };
  addEventListener(
    "keydown",
    event => {
      key.isHeld = event.repeat;
      key.hasStepped &&= key.isHeld;
    },
    true,
  );
  for (const end of ["keyup", "pointerdown", "blur"])
    addEventListener(
      end,
      () => {
        key.isHeld = key.hasStepped = false;
      },
      true,
    );
  return key;
}

/**
 * @typedef {object} Steps
 * @property {(link: string) => void} replace overwrites the current step
 * @property {(link: string) => void} push adds a step after it, in place of any later ones
 * @property {(by: 1 | -1) => boolean} go returns whether there may be a step: Undo does not leave the page
 * @property {(event: PopStateEvent) => void} came handles a step that the browser made
 */

/** Steps of the tab's own history. @returns {Steps} */
function stepsOfTab() {
  let at = Number(history.state?.at ?? 0);
  return {
    replace: link => put("replaceState", at, link),
    push: link => put("pushState", ++at, link),
    go: by => {
      if (at + by < 0) return false;
      history.go(by);
      return true;
    },
    came: event => {
      at = Number(event.state?.at ?? at + 1);
    },
  };
}

/** Steps kept here, since the tab's Back belongs to the page around the frame. @param {() => void} onGo @returns {Steps} */
function stepsOfFrame(onGo) {
  /** @type {string[]} */
  const links = [];
  let at = 0;
  const replace = (/** @type {string} */ link) => {
    links[at] = link;
    put("replaceState", 0, link);
  };
  return {
    replace,
    push: link => {
      links.length = ++at;
      replace(link);
    },
    go: by => {
      const link = links[at + by];
      if (!link) return false;
      at += by;
      replace(link);
      onGo();
      return true;
    },
    came: () => {},
  };
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
    // Some browsers refuse more than 100 in 30 seconds: the address catches up with the next change.
  }
}

/** Whether keys belong to a text field. @param {EventTarget | null} target */
const isTyped = target =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement &&
    !["radio", "checkbox", "range", "button", "file"].includes(target.type));
