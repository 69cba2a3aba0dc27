// @ts-check
// The presets: what each reproduces, what its source says and what the engine finds.

import { presetFinds, presets, readHash } from "../../pkg/blue_cube.js";
import { EXPERIMENTS } from "../lib/catalog.js";
import { byId, html } from "../lib/dom.js";
import { attempt } from "../lib/late.js";
import { closeOutside } from "../lib/menu.js";
import { land } from "./arrival.js";

/** @typedef {import("../../pkg/blue_cube.js").PresetWords} PresetWords */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * @param {Store} store
 * @param {(link: string, isJoined?: boolean, more?: string) => Promise<string[]>} openRace opens an experiment of the race; a joined one is part of the scene's undo step; `more` holds further keys of the link, which override the experiment's; resolves with what was changed in them
 * @returns {(hash: string) => Promise<import("./arrival.js").Followed>} opens the preset that a link names
 */
export function showPresets(store, openRace) {
  const all = presets(),
    menu = byId("presets", HTMLDetailsElement),
    sheet = byId("presets-sheet", HTMLElement);
  closeOutside(menu);
  const open = (/** @type {PresetWords} */ preset) => {
    menu.open = false;
    const { race, open } = store.chosen;
    store.set({ ...readHash(`p=${preset.id}`).scene, race, open });
    tell(preset);
    // One click is one step to undo: the race joins the scene's.
    const join = async () => {
      const opening = ofRace(preset.id) ? openRace(preset.id, true) : Promise.resolve();
      store.expect(opening);
      await opening;
    };
    void attempt(join, "race-failure");
  };
  const add = (/** @type {string} */ id, /** @type {string} */ title, /** @type {() => unknown} */ act) => {
    const button = html(
      "button",
      { type: "button", "data-preset": id, onclick: act },
      html("code", "", id),
      html("span", "", title),
    );
    sheet.append(html("li", "", button));
  };
  for (const preset of all) add(preset.id, preset.title, () => open(preset));
  for (const { name: id, title, opensQuick } of EXPERIMENTS.filter(
    ({ name }) => !all.some(preset => preset.id === name),
  )) {
    const link = opensQuick ? `${id}-quick` : id;
    add(link, title, () =>
      attempt(async () => {
        menu.open = false;
        await openRace(link);
        land(byId("race-h", HTMLElement), true);
      }, "race-failure"),
    );
  }
  return async hash => {
    const keys = new URLSearchParams(hash.slice(1)),
      named = keys.getAll("p"),
      linked = named.at(-1) ?? "",
      first = all.find(preset => preset.id === linked);
    keys.delete("p");
    if (first) tell(first);
    const part = first && "preset";
    if (!ofRace(linked)) return { part };
    /** @type {string[] | undefined} */
    let changes;
    await attempt(async () => {
      const repeated = named
        .slice(0, -1)
        .map(id => `“p=${id}” in the link was left out: the same key comes again later`);
      changes = [...repeated, ...(await openRace(linked, true, keys.toString()))];
    }, "race-failure");
    return { part: part ?? "race", changes };
  };
}

/** Whether an experiment of the race has this name. @param {string} link */
const ofRace = link => EXPERIMENTS.some(({ name }) => name === link.replace(/-quick$/, ""));

/** @param {PresetWords} preset */
function tell({ id, title, says }) {
  const place = byId("preset", HTMLElement);
  const close = html(
    "button",
    {
      type: "button",
      onclick: () => {
        place.hidden = true;
      },
    },
    "Dismiss",
  );
  const line = (/** @type {string} */ name, /** @type {string} */ words) => [
    html("dt", "", name),
    html("dd", "", words),
  ];
  place.replaceChildren(
    html(
      "dl",
      "",
      ...line(id, title),
      ...line("the source", says),
      ...line("the engine finds", presetFinds(id) ?? ""),
    ),
    close,
  );
  place.hidden = false;
}
