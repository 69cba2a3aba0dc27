// @ts-check
// Type the call: a line that a library would take, and the norm that it really makes of this tensor.

import { readCall, writeCall } from "../pkg/blue_cube.js";
import { byId, html } from "./dom.js";
import { word } from "./sentence.js";

/** @typedef {import("../pkg/blue_cube.js").Dialect} Dialect */
/** @typedef {import("./store.js").Store} Store */

/** @type {[Dialect, string][]} */
const DIALECTS = [["paper", "the paper"], ["pytorch", "PyTorch"], ["keras", "Keras"], ["tfa", "TensorFlow Addons"], ["jax", "JAX (flax)"]];

const nameOf = (/** @type {Dialect} */ dialect) => DIALECTS.find(([known]) => known === dialect)?.[1] ?? dialect;

/** @param {Store} store */
export function showCall(store) {
  const field = byId("call", HTMLInputElement), said = byId("call-words", HTMLElement), place = byId("call-dialect", HTMLElement);
  /** @type {Dialect} */
  let dialect = "pytorch";
  let isOwn = false;
  const menu = word("dialect", "dialect", [["", DIALECTS]], value => {
    dialect = /** @type {Dialect} */ (value);
    isOwn = false;
    write();
  });
  place.replaceChildren(menu);
  /** Writes the scene as a call, unless the field holds what the reader typed. */
  const write = () => {
    const select = menu.querySelector("select"), words = menu.firstElementChild;
    if (select) select.value = dialect;
    if (words) words.textContent = nameOf(dialect);
    if (isOwn) return;
    const call = writeCall(store.scene, dialect);
    field.value = call ?? "";
    field.placeholder = call ? "" : `no layer of ${nameOf(dialect)} does this`;
    const { made } = call ? readCall(call, store.scene) : { made: undefined };
    field.removeAttribute("aria-invalid");
    said.replaceChildren(made?.words ?? "");
  };
  /** @param {"drag" | "commit"} change */
  const read = change => {
    const text = field.value, { made, slip } = readCall(text, store.scene);
    field.setAttribute("aria-invalid", String(!!slip));
    if (slip) {
      const letters = [...text], [from, to] = slip.at;
      const shown = html("code", "", letters.slice(0, from).join(""), html("mark", "", letters.slice(from, to).join("") || " "), letters.slice(to).join(""));
      return said.replaceChildren(html("span", "error", `${slip.message}.`), " ", shown);
    }
    if (!made) return;
    isOwn = true;
    dialect = made.dialect;
    const momentum = made.momentum ?? store.scene.momentum;
    store.set({ method: { norm: made.norm }, epsilon: made.epsilon, momentum }, change);
    said.replaceChildren(made.words);
    isOwn = true;
  };
  field.addEventListener("input", () => { isOwn = true; read("drag"); });
  field.addEventListener("change", () => read("commit"));
  field.addEventListener("blur", () => {
    if (field.getAttribute("aria-invalid") !== "true") isOwn = false;
  });
  store.on(change => {
    if (change === "focus" || change === "lit") return;
    // What was typed gives way to what was chosen elsewhere, but not while the field has the focus.
    if (document.activeElement !== field) isOwn = false;
    write();
  });
  write();
}
