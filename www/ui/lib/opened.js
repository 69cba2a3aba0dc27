// @ts-check
// Parts of the page that a reader can open, as the scene has them, and so the link too: tables, folds, more charts.

/** @typedef {import("../../pkg/blue_cube.js").Opened} Opened */
/** @typedef {import("./store.js").Store} Store */

/**
 * Keeps a part of the page open or closed as the scene says. Returns what to call when the reader opens or closes it.
 * @param {Store} store
 * @param {Opened} name
 * @param {(isOpen: boolean) => void} show
 * @returns {() => void}
 */
export function opens(store, name, show) {
  const isOpen = () => store.scene.open.includes(name);
  let was = isOpen();
  store.onScene(() => {
    if (isOpen() !== was) show((was = isOpen()));
  });
  if (was) show(true);
  return () => {
    const { open } = store.scene;
    store.set({ open: open.includes(name) ? open.filter(other => other !== name) : [...open, name] });
  };
}

/**
 * The same of a fold, whose summary opens it.
 * @param {Store} store
 * @param {Opened} name
 * @param {HTMLDetailsElement} fold
 */
export function foldOpens(store, name, fold) {
  const toggle = opens(store, name, isOpen => {
    fold.open = isOpen;
  });
  // Printing opens folds without a click, which is no choice of the reader's.
  fold.querySelector("summary")?.addEventListener("click", event => {
    event.preventDefault();
    toggle();
  });
}
