// @ts-check
// What the sources got wrong, tested: a list that opens, each entry with its number and a switch.

import { errata } from "../../pkg/code/blue_cube.js";
import { byId, html } from "../lib/dom.js";
import { foldOpens } from "../lib/opened.js";

/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {import("../../pkg/code/blue_cube.js").Erratum} Erratum */

/** @param {Store} store */
export function showErrata(store) {
  const fold = byId("errata", HTMLDetailsElement),
    list = byId("errata-list", HTMLOListElement);
  /** @type {{ erratum: Erratum, item: HTMLElement, figure: HTMLElement, toggle: HTMLButtonElement }[]} */
  let rows = [];
  const paint = () => {
    for (const { erratum, item, figure, toggle } of rows) {
      const isWritten = store.scene.asWritten.includes(erratum.id);
      item.classList.toggle("written", isWritten);
      figure.textContent = (isWritten ? erratum.asWritten : erratum.corrected).text;
      toggle.setAttribute("aria-checked", String(isWritten));
    }
  };
  const fill = () => {
    if (!fold.open || rows.length) return;
    rows = errata().map(erratum => ({ erratum, ...rowOf(erratum, () => flip(store, erratum)) }));
    list.append(...rows.map(row => row.item));
    paint();
  };
  fold.addEventListener("toggle", fill);
  foldOpens(store, "errata", fold);
  // It may have been opened before this part was loaded.
  fill();
  store.on((_, before) => {
    if (store.scene.asWritten !== before.asWritten) paint();
  });
}

/**
 * @param {Store} store
 * @param {Erratum} erratum
 */
function flip(store, { id, scenes }) {
  const { asWritten } = store.scene,
    isWritten = !asWritten.includes(id);
  const patch = scenes?.[isWritten ? 0 : 1] ?? {};
  store.set({
    ...patch,
    asWritten: isWritten ? [...asWritten, id] : asWritten.filter(other => other !== id),
  });
}

/**
 * @param {Erratum} erratum
 * @param {() => void} onFlip
 */
function rowOf({ id, source, words, quantity }, onFlip) {
  const figure = html("output", "num");
  const name = { role: "switch", "aria-label": `as written: ${source} ${words}` };
  const sides = [html("span", "", "as written"), html("i", "", "⇄"), html("span", "", "corrected")];
  const toggle = html("button", { class: "flip", type: "button", ...name, onclick: onFlip }, ...sides);
  const claim = html("p", "", html("b", "", source), ` ${words}.`);
  const item = html(
    "li",
    { class: "erratum", "data-id": id },
    claim,
    html("p", "proof", html("span", "", `${quantity} `), figure),
    toggle,
  );
  return { item, figure, toggle };
}
