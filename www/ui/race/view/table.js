// @ts-check
// The race as a table: every lane's results in every epoch.

import { FIGURE_DIGITS, FIGURES } from "../../lib/catalog.js";
import { integer } from "../../lib/format.js";
import { fixed } from "../../lib/number_text.js";
import { html, put } from "../../lib/dom.js";
import { opens } from "../../lib/opened.js";
import { epochsOf } from "../model/epochs.js";
import { paced } from "../../lib/paced.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../../lib/store.js").Store} Store */

/** Milliseconds between two updates, at least. */
const FILL_MILLIS = 1000;

/** The columns after epoch and lane. */
const COLUMNS = /** @type {const} */ ([
  [FIGURES["train-loss"], "trainLoss"],
  [FIGURES["train-accuracy"], "trainAccuracy"],
  [FIGURES["test-loss"], "testLoss"],
  [FIGURES["test-accuracy"], "testAccuracy"],
  [FIGURES["test-accuracy-by-batch"], "byBatchAccuracy"],
  ["test images", "testImages"],
]);

/**
 * @param {Race} race
 * @param {Store} store
 * @param {HTMLElement} place
 */
export function showTable(race, store, place) {
  const button = html(
    "button",
    { type: "button", id: "race-as-table", "aria-expanded": false },
    "show as table",
  );
  const holder = html("div", {
    class: "race-rows",
    hidden: true,
    tabindex: 0,
    role: "region",
    "aria-label": "The race as a table",
  });
  place.append(button, holder);
  const fill = () => {
    if (!holder.hidden) holder.replaceChildren(tableOf(race));
  };
  const soon = paced(place, FILL_MILLIS, fill);
  const toggle = opens(store, "rows", isOpen => {
    holder.hidden = !isOpen;
    put(button, "aria-expanded", String(isOpen));
    fill();
  });
  button.addEventListener("click", toggle);
  race.on(event => {
    if (event !== "loading") soon();
  });
}

/** @param {Race} race */
function tableOf({ lanes, epochImages }) {
  const ofLanes = lanes.map(lane => ({ name: lane.name, epochs: epochsOf(lane.history, epochImages) }));
  const most = Math.max(0, ...ofLanes.map(({ epochs }) => epochs.length));
  const head = (/** @type {string} */ words, /** @type {string} */ scope) => html("th", { scope }, words);
  const bodies = Array.from({ length: most }, (_, at) => {
    const rows = ofLanes.filter(({ epochs }) => epochs[at]);
    return html(
      "tbody",
      "",
      ...rows.map(({ name, epochs }) => {
        const epoch = epochs[at],
          isWhole = Number.isInteger(epoch.epoch);
        return html(
          "tr",
          "",
          head(isWhole ? String(epoch.epoch) : fixed(epoch.epoch, 2), "row"),
          head(name, "row"),
          ...COLUMNS.map(([, field]) => html("td", "", numberOf(field, epoch[field]))),
        );
      }),
    );
  });
  const caption = html(
    "caption",
    "",
    most
      ? "Training: means over the epoch’s steps, dropout on. Test: after the epoch, or the last within it."
      : "Nothing has been trained yet.",
  );
  const header = html(
    "tr",
    "",
    head("epoch", "col"),
    head("lane", "col"),
    ...COLUMNS.map(([name]) => head(name, "col")),
  );
  return html("table", "", caption, html("thead", "", header), ...bodies);
}

/** @param {string} field @param {number | undefined} value */
function numberOf(field, value) {
  if (value === undefined) return "·";
  return field === "testImages" ? integer(value) : fixed(value, FIGURE_DIGITS);
}
