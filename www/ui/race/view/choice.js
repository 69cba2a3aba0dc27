// @ts-check
// A menu of lanes.

/** @typedef {import("../model/lane.js").Lane} Lane */

/**
 * Fills a menu with lanes, if they are others than those that stand in it: an open menu stays as it is. What was chosen stays
 * chosen, as long as it is there; else the first is.
 * @param {HTMLSelectElement} menu
 * @param {Lane[]} lanes
 */
export function offerLanes(menu, lanes) {
  const was = menu.value,
    isSame = (/** @type {Lane} */ { id, name }, /** @type {number} */ at) =>
      menu.options[at].value === String(id) && menu.options[at].text === name;
  if (menu.length !== lanes.length || !lanes.every(isSame)) {
    menu.replaceChildren(...lanes.map(({ id, name }) => new Option(name, String(id))));
    if (lanes.some(({ id }) => String(id) === was)) menu.value = was;
  }
  if (menu.selectedIndex < 0 && menu.length) menu.selectedIndex = 0;
}
