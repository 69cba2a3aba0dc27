// @ts-check
// The presets: one click each, and what each reproduces, what its source says, what the engine finds.

import { presetFinds, presets, readHash } from "../pkg/blue_cube.js";
import { byId, html } from "./dom.js";
import { closeOutside } from "./menu.js";

/** @typedef {import("../pkg/blue_cube.js").PresetWords} PresetWords */
/** @typedef {import("./store.js").Store} Store */

/** @param {Store} store */
export function showPresets(store) {
  const all = presets(), menu = byId("presets", HTMLDetailsElement), sheet = byId("presets-sheet", HTMLElement);
  closeOutside(menu);
  const open = (/** @type {PresetWords} */ preset) => {
    menu.open = false;
    store.set(readHash(`p=${preset.id}`).scene);
    tell(preset);
  };
  sheet.replaceChildren(...all.map(preset => {
    const button = html("button", "", html("code", "", preset.id), html("span", "", preset.title));
    button.type = "button";
    button.dataset.preset = preset.id;
    button.addEventListener("click", () => open(preset));
    return html("li", "", button);
  }));
  const linked = new URLSearchParams(location.hash.slice(1)).get("p");
  const first = all.find(preset => preset.id === linked);
  if (first) tell(first);
}

/** @param {PresetWords} preset */
function tell({ id, title, says }) {
  const place = byId("preset", HTMLElement), close = html("button", "", "Dismiss");
  close.type = "button";
  close.addEventListener("click", () => { place.hidden = true; });
  const line = (/** @type {string} */ name, /** @type {string} */ words) => [html("dt", "", name), html("dd", "", words)];
  place.replaceChildren(
    html("dl", "", ...line(id, title), ...line("the source", says), ...line("the engine finds", presetFinds(id) ?? "")),
    close,
  );
  place.hidden = false;
}
