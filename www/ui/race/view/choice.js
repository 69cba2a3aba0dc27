// @ts-check
// A menu of lanes.

/** @typedef {import("../model/lane.js").Lane} Lane */

/**
 * Fills a menu with lanes, if they differ from those in it, so that an open menu is left alone. The selection stays as long as
 * it exists; otherwise the first lane is selected.
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
