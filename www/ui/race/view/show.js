// @ts-check
// What a race shows: its charts and their time axis, a lane's layer in the cube, a table, a pad to draw on, files.

import { byId } from "../../lib/dom.js";
import { pictureOf, showChart } from "./chart.js";
import { showDigit } from "./digit.js";
import { showExport } from "./export.js";
import { showFigures } from "./figures.js";
import { showInCube } from "./in_cube.js";
import { showTable } from "./table.js";
import { showTime } from "./time.js";
import { View } from "./view.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../model/control.js").Control} Control */

/**
 * Fills the places of the race's section.
 * @param {Race} race
 * @param {Control} control
 */
export function showRaceViews(race, control) {
  const { store } = control,
    view = new View(),
    look = byId("race-look", HTMLElement);
  const chart = showChart(race, store, view, byId("race-charts", HTMLElement));
  showTime(race, view, byId("race-scrub", HTMLElement));
  const lookAt = showInCube(race, store, view, look);
  look.append(chart.caption);
  const redraw = showFigures(race, store, view, byId("race-table", HTMLElement), chart.brought, pictureOf);
  showTable(race, store, byId("race-table", HTMLElement));
  const repaintDigit = showDigit(race, store, byId("race-digit", HTMLElement));
  showExport(control, chart.file, byId("race-export", HTMLElement));
  return {
    view,
    /** Shows a norm layer of a lane in the cube; rejects with a failure. */
    lookAt,
    /** Draws published curves next to lanes. */
    setGhosts: chart.setGhosts,
    /** Repaints coloured drawings, as when the theme changed. */
    refresh: () => {
      chart.refresh();
      redraw();
      repaintDigit();
    },
  };
}
