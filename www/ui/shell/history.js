// @ts-check
// The address bar: the scene as a link, and a history that Back, Forward, Ctrl-Z and Ctrl-Shift-Z walk.

import { linkHere, sceneOfLink } from "../lib/link.js";

/** @typedef {import("../lib/store.js").Store} Store */

/** Milliseconds between two changes of the address while something is dragged: browsers allow some two hundred in half a minute. */
const PAUSE_MILLIS = 250;

/** @param {Store} store */
export function showHistory(store) {
  /** The link of the scene that stands in the history now. */
  let standing = linkHere(store.scene);
  const late = lateWriting(() => steps.replace(linkHere(store.scene)));
  const travel = () => {
    late.drop();
    store.travel(sceneOfLink());
    standing = linkHere(store.scene);
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
      // A drag has written over the step that it set out from.
      steps.replace(standing);
      steps.push(link);
    } else late.ask();
    key.hasStepped = true;
    standing = link;
  };
  store.on(change => {
    if (change === "commit") commit();
    // Another part brought a scene, such as the experiment that the link names.
    if (change === "travel") steps.replace((standing = linkHere(store.scene)));
    if (change === "drag") late.ask();
  });
  addEventListener("popstate", event => {
    // A link to a part of the page says nothing of the scene: the address takes the scene again.
    if (/^#[^=]+$/.test(location.hash)) return steps.replace(standing);
    steps.came(event);
    travel();
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

/** Writes later, once for all that was asked for until then. @param {() => void} write */
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

/** Whether a key is held down, and whether it has made a step already: all that it does is one, as a drag is. */
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
 * @property {(link: string) => void} replace writes over the step that stands
 * @property {(link: string) => void} push adds a step behind it, in place of those that were
 * @property {(by: 1 | -1) => boolean} go whether there may be such a step: Undo does not leave the page
 * @property {(event: PopStateEvent) => void} came is told of a step that the browser made
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

/** Steps that are kept here: the tab's Back belongs to the page around the frame. @param {() => void} onGo @returns {Steps} */
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
    // Some browsers refuse more than a hundred in half a minute: the address catches up with the next change.
  }
}

/** Whether keys belong to a field in which text is typed. @param {EventTarget | null} target */
const isTyped = target =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement &&
    !["radio", "checkbox", "range", "button", "file"].includes(target.type));
