// @ts-check
// The charts of a race: places what Rust draws, at most ten times a second and only while it is seen.

import { html, put, svg } from "../dom.js";
import { showCrosshair } from "./crosshair.js";
import { coloursOf, Feed } from "./feed.js";
import { paced } from "./paced.js";
import { timeOf } from "./time.js";

/** @import { Race } from "./race.js" */
/** @import { View } from "./view.js" */
/** @import { Ghost } from "./feed.js" */
/** @import { View as Kind } from "../../pkg/charts/blue_cube.js" */

/** Least milliseconds between two drawings. */
const REDRAW_MILLIS = 100;

/** Milliseconds between the drawings of two charts that stand together. */
const APART_MILLIS = 30;

/** Milliseconds before the charts are fetched again where they did not come. */
const RETRY_MILLIS = 5000;

/** Heights in CSS pixels; race_show.css keeps the same room. Below a width, and where four stand together, they are lower. */
const HEIGHT = 336, NARROW_HEIGHT = 300, SMALL_HEIGHT = 190, NARROW = 560;

/** Of a chart in a file, in CSS pixels. */
const FILE = { width: 820, height: 400 };

const EMPTY = "Curves are drawn here.";

/** @type {Kind[]} */
const FOUR = ["trainLoss", "testLoss", "trainAccuracy", "testAccuracy"];

/**
 * @param {Race} race
 * @param {View} view
 * @param {HTMLElement} place
 */
export function showChart(race, view, place) {
  const sheets = html("div", "sheets"), caption = html("p", "note"), four = html("button", "", "all four");
  four.type = "button";
  four.id = "race-four";
  put(four, "aria-pressed", "false");
  place.append(html("p", "chart-acts", four), sheets);
  /** @type {Map<number, Ghost>} */
  const ghosts = new Map();
  /** @type {{ chart: import("../../pkg/charts/blue_cube.js").RaceChart, feed: Feed, drawSweep: typeof import("../../pkg/charts/blue_cube.js").drawSweep } | undefined} */
  let charts;
  /** @type {Promise<NonNullable<typeof charts>> | undefined} */
  let coming;
  const load = async () => {
    const { default: init, RaceChart, drawSweep } = await import("../../pkg/charts/blue_cube.js");
    await init();
    const chart = new RaceChart();
    return { chart, feed: new Feed(chart), drawSweep };
  };
  /** The charts with all that has come. */
  const brought = async () => {
    coming ??= load();
    try {
      charts = await coming;
    } catch (fault) {
      // It may be there the next time.
      coming = undefined;
      throw fault;
    }
    const { theme, styles } = coloursOf(race.lanes);
    charts.feed.bring(race, timeOf(race, view), ghosts);
    charts.chart.setLanes(styles);
    return { ...charts, theme };
  };
  const isFour = () => four.getAttribute("aria-pressed") === "true";
  /** @type {import("./crosshair.js").Sheet[]} */
  let shown = [];
  const crosshair = showCrosshair(race, view, sheets, () => charts?.chart, () => shown);

  let nextTry = 0;
  const draw = async () => {
    if (performance.now() < nextTry) return;
    let chart, theme;
    try {
      ({ chart, theme } = await brought());
    } catch (fault) {
      nextTry = performance.now() + RETRY_MILLIS;
      caption.textContent = `⚠ The charts could not be loaded: ${fault instanceof Error ? fault.message : fault}. The table holds the same numbers.`;
      return;
    }
    /** @type {Kind[]} */
    const kinds = isFour() ? FOUR : ["accuracy"];
    const isNarrow = innerWidth <= NARROW, height = kinds.length > 1 ? SMALL_HEIGHT : isNarrow ? NARROW_HEIGHT : HEIGHT;
    if (shown.length !== kinds.length) {
      sheets.classList.toggle("four", isFour());
      shown = kinds.map(() => ({ root: html("div", "sheet-of"), drawn: undefined }));
      sheets.replaceChildren(...shown.map(({ root }) => root), ...crosshair.elements);
    }
    // All is measured before anything is put in place, so that nothing is laid out twice; and each chart has a frame of its own.
    const placeWidth = place.clientWidth, widths = shown.map(({ root }) => Math.max(240, Math.round(root.clientWidth)));
    const focus = (view.lit ?? view.lane)?.id;
    for (const [at, sheet] of shown.entries()) {
      if (at) await new Promise(resolve => setTimeout(() => requestAnimationFrame(resolve), APART_MILLIS));
      sheet.drawn = chart.draw({ view: kinds[at], width: widths[at], height, hasLabels: true, focus, empty: EMPTY }, theme);
      sheet.root.replaceChildren(pictureOf(sheet.drawn));
      crosshair.paint();
    }
    const first = shown[0].drawn;
    if (!first) return;
    const { caption: words, left, right } = first;
    if (caption.textContent !== words) caption.textContent = words;
    // The scrubber below is the axis of time of the one chart.
    const [from, width] = kinds.length > 1 ? [0, placeWidth] : [left, right - left];
    const box = place.parentElement;
    for (const [name, value] of Object.entries({ "--time-left": `${from}px`, "--time-width": `${width}px` }))
      if (box && box.style.getPropertyValue(name) !== value) box.style.setProperty(name, value);
  };
  const soon = paced(place, REDRAW_MILLIS, draw);
  four.addEventListener("click", () => {
    put(four, "aria-pressed", String(!isFour()));
    soon();
  });
  race.on(event => { if (event !== "loading") soon(); });
  view.on(soon);
  new ResizeObserver(soon).observe(sheets);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
  soon();
  return {
    refresh: soon,
    /** What the kinds of lines mean. */
    caption,
    brought,
    /** The chart as a file of its own: its markup and size. */
    file: async () => {
      const { chart, theme } = await brought();
      return { ...chart.draw({ view: "accuracy", ...FILE, hasLabels: true, empty: EMPTY }, theme), ...FILE, paper: theme.paper };
    },
    /** Draws published curves beside lanes. @param {[lane: import("./lane.js").Lane, ghost: Ghost][]} all */
    setGhosts: all => {
      // The charts would be fed all of a lane anew for the same curve.
      const next = new Map(all.map(([{ id }, ghost]) => [id, ghost]));
      if (JSON.stringify([...next]) === JSON.stringify([...ghosts])) return;
      ghosts.clear();
      next.forEach((ghost, id) => ghosts.set(id, ghost));
      view.set({ isWhole: all.length > 0 });
      soon();
    },
  };
}

/** A drawing as an element. @param {{ svg: string, description: string }} drawn */
export function pictureOf({ svg: markup, description }) {
  const picture = document.importNode(new DOMParser().parseFromString(markup, "image/svg+xml").documentElement, true);
  picture.setAttribute("role", "img");
  const title = svg("title");
  title.textContent = description;
  picture.prepend(title);
  return picture;
}
