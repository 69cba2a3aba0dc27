// @ts-check
// What the race does while its tab is hidden, as a choice. At first it goes on: a reader who starts a race of several minutes looks
// at something else meanwhile. The tab's title says that it does.

import { byId, html } from "../../lib/dom.js";
import { gathered } from "../../lib/paced.js";
import { least } from "../model/pace.js";
import { going } from "../model/lane.js";
import { fixed } from "../../lib/number_text.js";

/** @typedef {import("../model/control.js").Control} Control */

/** The key of the choice in the browser's storage, and its value for pausing. */
const KEY = "hidden-race",
  PAUSE = "pause";

/** Milliseconds between two changes of the title, at least. */
const TITLE_MILLIS = 2000;

/** @param {Control} control */
export function showHidden(control) {
  const { race } = control,
    title = document.title,
    box = html("input", { type: "checkbox", id: "race-hidden-on" }),
    said = html("span", { role: "status" });
  box.checked = choice() !== PAUSE;
  box.addEventListener("change", () => choose(box.checked ? "" : PAUSE));
  byId("race-hidden", HTMLElement).append(
    html("label", "", box, " keep training while this tab is hidden"),
    said,
  );
  let isHeld = false;
  const name = () => {
    document.title = document.hidden && race.lanes.length ? `${stateOf(control)} · ${title}` : title;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && race.isRunning && !box.checked) {
      isHeld = true;
      control.pause();
    } else if (!document.hidden && isHeld) {
      isHeld = false;
      said.textContent = "It was paused meanwhile.";
      control.start();
    } else said.textContent = "";
    name();
  });
  race.on(gathered(TITLE_MILLIS, name));
}

/** The race in the tab's title. @param {Control} control */
function stateOf({ race }) {
  const lanes = going(race);
  if (!lanes.length || !race.epochImages) return "not started";
  const epoch = `epoch ${fixed(least(lanes) / race.epochImages, 2)}`;
  if (race.trouble) return `⚠ ${epoch}`;
  if (race.isRunning) return `▶ ${epoch}`;
  return least(lanes) >= race.goalImages ? `done, ${epoch}` : `paused, ${epoch}`;
}

/** The reader's choice; storage may be forbidden. */
function choice() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {string} value */
function choose(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // It holds for this visit.
  }
}
