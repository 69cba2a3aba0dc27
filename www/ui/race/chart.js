// @ts-check
// The charts of a race: places what Rust draws, at most ten times a second and only while it is seen.

import { html, put, svg } from "../dom.js";
import { showCrosshair } from "./crosshair.js";
import { coloursOf, Feed } from "./feed.js";
import { paced } from "./paced.js";
import { timeOf } from "./time.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./feed.js").Ghost} Ghost */
/** @typedef {import("../../pkg/charts/blue_cube.js").Chart} Drawn */
/** @typedef {import("../../pkg/charts/blue_cube.js").View} Kind */

/** Least milliseconds between two drawings. */
const REDRAW_MILLIS = 100;

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
    charts.feed.bring(race, timeOf(race, view), ghosts);
    charts.chart.setLanes(coloursOf(race.lanes).styles);
    return charts;
  };
  const isFour = () => four.getAttribute("aria-pressed") === "true";
  /** @type {{ root: HTMLElement, drawn: Drawn }[]} */
  let shown = [];
  const crosshair = showCrosshair(race, view, sheets, () => charts?.chart, () => shown);

  let nextTry = 0;
  const draw = async () => {
    if (performance.now() < nextTry) return;
    let chart;
    try {
      ({ chart } = await brought());
    } catch (fault) {
      nextTry = performance.now() + RETRY_MILLIS;
      caption.textContent = `⚠ The charts could not be loaded: ${fault instanceof Error ? fault.message : fault}. The table holds the same numbers.`;
      return;
    }
    const { theme } = coloursOf(race.lanes);
    /** @type {Kind[]} */
    const kinds = isFour() ? FOUR : ["accuracy"];
    const isNarrow = innerWidth <= NARROW, height = kinds.length > 1 ? SMALL_HEIGHT : isNarrow ? NARROW_HEIGHT : HEIGHT;
    if (shown.length !== kinds.length) {
      sheets.classList.toggle("four", isFour());
      shown = kinds.map(() => ({ root: html("div", "sheet-of"), drawn: /** @type {any} */ (null) }));
      sheets.replaceChildren(...shown.map(({ root }) => root), ...crosshair.elements);
    }
    shown.forEach((sheet, at) => {
      const width = Math.max(240, Math.round(sheet.root.clientWidth)), focus = view.lane?.id;
      const request = { view: kinds[at], width, height, hasLabels: true, focus, empty: EMPTY };
      sheet.drawn = chart.draw(request, theme);
      sheet.root.replaceChildren(pictureOf(sheet.drawn));
    });
    caption.textContent = shown[0].drawn.caption;
    // The scrubber below is the axis of time of the one chart.
    const { left, right } = shown[0].drawn, [from, width] = isFour() ? [0, place.clientWidth] : [left, right - left];
    place.parentElement?.style.setProperty("--time-left", `${from}px`);
    place.parentElement?.style.setProperty("--time-width", `${width}px`);
    crosshair.paint();
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
      const { chart } = await brought(), { theme } = coloursOf(race.lanes);
      return { ...chart.draw({ view: "accuracy", ...FILE, hasLabels: true, empty: EMPTY }, theme), ...FILE, paper: theme.paper };
    },
    /** Draws published curves beside lanes. @param {[lane: import("./lane.js").Lane, ghost: Ghost][]} all */
    setGhosts: all => {
      ghosts.clear();
      for (const [lane, ghost] of all) ghosts.set(lane.id, ghost);
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
