// @ts-check
// The menu of presets: scenes that reproduce what the sources draw, run or claim.

import { presets, sceneToHash } from "../pkg/blue_cube.js";
import { byId, html } from "./dom.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../pkg/blue_cube.js").ScenePreset} ScenePreset */

/** @param {Store} store */
export function showPresets(store) {
  const menu = byId("presets", HTMLDetailsElement), said = byId("preset-said", HTMLElement);
  const summary = menu.querySelector("summary");
  if (!summary) throw new Error("the menu of presets has no summary");
  const all = presets(), hashes = all.map(preset => sceneToHash(preset.scene));
  const buttons = all.map(preset => buttonOf(preset, () => choose(preset)));
  const list = html("ul", "menu-list", ...buttons.map(button => html("li", "", button)));
  menu.append(list);

  /** @param {ScenePreset} preset */
  function choose(preset) {
    close();
    store.set(preset.scene);
  }
  function close() {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) summary?.focus();
  }
  function paint() {
    const at = hashes.indexOf(sceneToHash(store.scene));
    buttons.forEach((button, i) => button.setAttribute("aria-current", String(i === at)));
    // The first scene is a preset too, but nobody chose it.
    const preset = at > 0 || said.textContent ? all[at] : undefined;
    const words = preset ? `${preset.name}. ${preset.words}` : "";
    if (said.textContent !== words) said.textContent = words;
    said.hidden = !words;
  }
  store.on(change => { if (change === "commit" || change === "travel") paint(); });
  paint();

  summary.addEventListener("keydown", event => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    menu.open = true;
    buttons[0]?.focus();
  });
  list.addEventListener("keydown", event => {
    const at = buttons.findIndex(button => button === document.activeElement);
    const to = { ArrowDown: (at + 1) % buttons.length, ArrowUp: (at + buttons.length - 1) % buttons.length, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  });
  menu.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !menu.open) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("pointerdown", event => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", event => {
    if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

/**
 * @param {ScenePreset} preset
 * @param {() => void} onChoice
 */
function buttonOf({ name, title, words }, onChoice) {
  const button = html("button", "menu-item", html("b", "", title), html("span", "num", name), html("small", "", words));
  button.type = "button";
  button.dataset.preset = name;
  button.addEventListener("click", onChoice);
  return button;
}
