// @ts-check
// Moves the star.

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Moves the star, and the view with it.
 * @param {Store} store
 * @param {Cube} cube
 * @param {Place} place
 */
export function select(store, cube, place) {
  const { n, c, h, w } = store.scene.selected;
  if (n === place.n && c === place.c && h === place.h && w === place.w) return;
  store.set({ selected: place, poke: undefined, pins: cube.pinsFor(place) });
}
