// @ts-check
// The charts of a race: places what Rust draws, at most ten times per second and only while it is visible.

import { html, onLooksChange, put, svg } from "../../lib/dom.js";
import { messageOf } from "../../lib/format.js";
import { opens } from "../../lib/opened.js";
import { showCrosshair } from "./crosshair.js";
import { coloursOf, Feed } from "./feed.js";
import { paced } from "../../lib/paced.js";
import { timeOf } from "./time.js";
import { startWasm } from "../../lib/wasm.js";

/** @import { Race } from "../model/race.js" */
/** @import { Store } from "../../lib/store.js" */
/** @import { View } from "./view.js" */
/** @import { Ghost } from "./feed.js" */
/** @import { View as Kind } from "../../../pkg/charts/blue_cube.js" */

/** Milliseconds between two drawings, at least. */
const REDRAW_MILLIS = 100;

/** Milliseconds between the drawings of two charts of the same set. */
const APART_MILLIS = 30;

/** Milliseconds before the charts are fetched again after a failure. */
const RETRY_MILLIS = 5000;

/** Heights in CSS pixels; ui/race/view/show.css reserves the same. On narrow pages, and with four charts, they are lower. */
const HEIGHT = 336,
  NARROW_HEIGHT = 300,
  SMALL_HEIGHT = 190,
  NARROW = 560;

/** Size of a chart in a file, in CSS pixels. */
const FILE = { width: 820, height: 400 };

const EMPTY = "The curves will appear here.";

/** @type {Kind[]} */
const ONE = ["accuracy"];

/** @type {Kind[]} */
const FOUR = ["trainLoss", "testLoss", "trainAccuracy", "testAccuracy"];

/**
 * @param {Race} race
 * @param {Store} store
 * @param {View} view
 * @param {HTMLElement} place
 */
export function showChart(race, store, view, place) {
  const chart = new Charts(race, view, place);
  const toggle = opens(store, "charts", isOpen => chart.showFour(isOpen));
  chart.four.addEventListener("click", toggle);
  race.on(event => {
    if (event !== "loading") chart.soon();
  });
  view.on(chart.soon);
  new ResizeObserver(chart.soon).observe(chart.sheets);
  onLooksChange(chart.soon);
  chart.soon();
  return {
    refresh: chart.soon,
    /** What the kinds of lines mean. */
    caption: chart.caption,
    brought: () => chart.brought(),
    file: () => chart.file(),
    /** Draws published curves next to lanes. @param {[lane: import("../model/lane.js").Lane, ghost: Ghost][]} all */
    setGhosts: all => chart.setGhosts(all),
  };
}

/** The charts' wasm and what is fed to it. @typedef {{ chart: import("../../../pkg/charts/blue_cube.js").RaceChart, feed: Feed, drawSweep: typeof import("../../../pkg/charts/blue_cube.js").drawSweep }} Loaded */

/** @returns {Promise<Loaded>} */
async function load() {
  const { default: init, RaceChart, drawSweep } = await import("../../../pkg/charts/blue_cube.js");
  await startWasm(init, new URL("../../../pkg/charts/blue_cube_bg.wasm", import.meta.url));
  const chart = new RaceChart();
  return { chart, feed: new Feed(chart), drawSweep };
}

class Charts {
  sheets = html("div", "sheets");
  caption = html("p", "note");
  four = html("button", { type: "button", id: "race-four", "aria-pressed": false }, "all four charts");
  /** @type {Map<number, Ghost>} */
  #ghosts = new Map();
  /** @type {Loaded | undefined} */
  #loaded;
  /** @type {Promise<Loaded> | undefined} */
  #coming;
  /** @type {import("./crosshair.js").Sheet[]} */
  #shown = [];
  #nextTry = 0;
  #race;
  #view;
  #place;

  /** @param {Race} race @param {View} view @param {HTMLElement} place */
  constructor(race, view, place) {
    this.#race = race;
    this.#view = view;
    this.#place = place;
    place.append(html("p", "chart-acts", this.four), this.sheets);
    this.crosshair = showCrosshair(
      race,
      view,
      this.sheets,
      () => this.#loaded?.chart,
      () => this.#shown,
    );
    this.soon = paced(place, REDRAW_MILLIS, () => this.#draw());
  }

  /** The charts, brought up to date. */
  async brought() {
    this.#coming ??= load();
    try {
      this.#loaded = await this.#coming;
    } catch (fault) {
      // The next attempt may succeed.
      this.#coming = undefined;
      throw fault;
    }
    const race = this.#race,
      { theme, styles } = coloursOf(race.lanes);
    this.#loaded.feed.bring(race, timeOf(race, this.#view), this.#ghosts);
    this.#loaded.chart.setLanes(styles);
    return { ...this.#loaded, theme };
  }

  /** The chart as a file of its own: its markup and size. */
  async file() {
    const { chart, theme } = await this.brought();
    return {
      ...chart.draw({ view: "accuracy", ...FILE, hasLabels: true, empty: EMPTY }, theme),
      ...FILE,
      paper: theme.paper,
    };
  }

  /** @param {[lane: import("../model/lane.js").Lane, ghost: Ghost][]} all */
  setGhosts(all) {
    // Setting the same curve again would feed the charts the whole lane again.
    const next = new Map(all.map(([{ id }, ghost]) => [id, ghost]));
    if (JSON.stringify([...next]) === JSON.stringify([...this.#ghosts])) return;
    this.#ghosts = next;
    this.#view.set({ isWhole: all.length > 0 });
    this.soon();
  }

  get #isFour() {
    return this.four.getAttribute("aria-pressed") === "true";
  }

  /** Shows all four charts, or one. @param {boolean} isFour */
  showFour(isFour) {
    put(this.four, "aria-pressed", String(isFour));
    this.soon();
  }

  async #draw() {
    if (performance.now() < this.#nextTry) return;
    const brought = await this.brought().catch(fault => {
      this.#nextTry = performance.now() + RETRY_MILLIS;
      this.caption.textContent = `⚠ The charts could not be loaded: ${messageOf(fault)}. The table has the same numbers.`;
    });
    if (brought) await this.#drawWith(brought);
  }

  /** @param {Awaited<ReturnType<Charts["brought"]>>} brought */
  async #drawWith({ chart, theme }) {
    const kinds = this.#isFour ? FOUR : ONE,
      isSingle = kinds === ONE;
    this.#layOut(kinds);
    // Everything is measured before anything is placed, so that nothing is laid out twice; each chart gets its own frame.
    const placeWidth = this.#place.clientWidth,
      shown = this.#shown,
      widths = shown.map(({ root }) => Math.max(240, Math.round(root.clientWidth)));
    const height = !isSingle ? SMALL_HEIGHT : innerWidth <= NARROW ? NARROW_HEIGHT : HEIGHT,
      focus = (this.#view.lit ?? this.#view.lane)?.id;
    for (const [at, sheet] of shown.entries()) {
      if (at) await new Promise(resolve => setTimeout(() => requestAnimationFrame(resolve), APART_MILLIS));
      sheet.drawn = chart.draw(
        { view: kinds[at], width: widths[at], height, hasLabels: true, focus, empty: EMPTY },
        theme,
      );
      sheet.root.replaceChildren(pictureOf(sheet.drawn));
      this.crosshair.paint();
    }
    const first = shown[0].drawn;
    if (!first) return;
    const { left, right } = first,
      // The longest explains the lines of all of them.
      caption = shown
        .map(({ drawn }) => drawn?.caption ?? "")
        .reduce((a, b) => (b.length > a.length ? b : a));
    if (this.caption.textContent !== caption) this.caption.textContent = caption;
    // The scrubber below is the time axis of the single chart.
    this.#layTime(
      ...(isSingle ? /** @type {const} */ ([left, right - left]) : /** @type {const} */ ([0, placeWidth])),
    );
  }

  /** Makes room for as many charts as there are kinds. @param {Kind[]} kinds */
  #layOut(kinds) {
    if (this.#shown.length === kinds.length) return;
    this.sheets.classList.toggle("four", kinds === FOUR);
    this.#shown = kinds.map(() => ({ root: html("div", "sheet-of"), drawn: undefined }));
    this.sheets.replaceChildren(...this.#shown.map(({ root }) => root), ...this.crosshair.elements);
  }

  /** @param {number} left @param {number} width of the time axis, in CSS pixels */
  #layTime(left, width) {
    const style = this.#place.parentElement?.style;
    for (const [name, value] of Object.entries({ "--time-left": `${left}px`, "--time-width": `${width}px` }))
      if (style && style.getPropertyValue(name) !== value) style.setProperty(name, value);
  }
}

/** A drawing as an element. @param {{ svg: string, description: string }} drawn */
export function pictureOf({ svg: markup, description }) {
  const picture = document.importNode(
    new DOMParser().parseFromString(markup, "image/svg+xml").documentElement,
    true,
  );
  picture.setAttribute("role", "img");
  picture.prepend(svg("title", "", description));
  return picture;
}
