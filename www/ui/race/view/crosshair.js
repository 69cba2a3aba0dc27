// @ts-check
// The values under the pointer: a line through all charts at one time, moved by pointer or arrow keys; a press shows that moment.

import { html, put } from "../../lib/dom.js";
import { fixed, share } from "../../lib/number_text.js";
import { stylesOf } from "./lane_style.js";
import { epochWords, imageWords, reached } from "./time.js";

/** @import { Race } from "../model/race.js" */
/** @import { View } from "./view.js" */
/** @import { Chart as Drawn, LaneHit, RaceChart } from "../../../pkg/charts/blue_cube.js" */

/** A chart and its element. @typedef {{ root: HTMLElement, drawn: Drawn | undefined }} Sheet */

/** Pixels between the line and the values next to it, and above them. */
const BESIDE = 10,
  ABOVE = 20;

/** Decimals of a value. */
const DIGITS = 3;

/** Fractions of the time axis that an arrow key and a page key move. */
const STEP = 1 / 100,
  PAGE = 1 / 10;

/**
 * @param {Race} race
 * @param {View} view
 * @param {HTMLElement} place that holds the charts
 * @param {() => RaceChart | undefined} chartOf
 * @param {() => Sheet[]} sheetsOf
 */
export function showCrosshair(race, view, place, chartOf, sheetsOf) {
  const crosshair = new Crosshair(race, view, place, chartOf, sheetsOf);
  place.addEventListener("pointermove", event => crosshair.point(event));
  place.addEventListener("pointerleave", () => crosshair.leave());
  place.addEventListener("click", event => crosshair.press(event.target));
  return { elements: [crosshair.slider, crosshair.values], paint: () => crosshair.paint() };
}

class Crosshair {
  #body = html("tbody");
  #caption = html("caption", "num");
  slider = html("div", {
    class: "crosshair-keys",
    id: "race-crosshair",
    role: "slider",
    "aria-label": "Values at a moment",
    "aria-valuemin": 0,
    tabindex: 0,
    onkeydown: event => this.#key(event),
    onblur: () => this.#show(null),
  });
  values = html(
    "table",
    { class: "readout", hidden: true },
    this.#caption,
    html("thead", "", html("tr", "", ...["", "test", "training"].map(words => html("th", "", words)))),
    this.#body,
  );
  /** Images at the line; null while there is no line. @type {number | null} */
  #images = null;
  /** The chart under the pointer. @type {Sheet | undefined} */
  #under;
  #race;
  #view;
  #place;
  #chartOf;
  #sheetsOf;

  /**
   * @param {Race} race
   * @param {View} view
   * @param {HTMLElement} place
   * @param {() => RaceChart | undefined} chartOf
   * @param {() => Sheet[]} sheetsOf
   */
  constructor(race, view, place, chartOf, sheetsOf) {
    this.#race = race;
    this.#view = view;
    this.#place = place;
    this.#chartOf = chartOf;
    this.#sheetsOf = sheetsOf;
  }

  paint() {
    const chart = this.#chartOf(),
      sheets = this.#sheetsOf(),
      race = this.#race,
      { slider } = this,
      images = this.#images;
    for (const { root, drawn } of sheets) if (drawn) lineOf(root, "crosshair", images, drawn);
    for (const { root, drawn } of sheets) if (drawn) lineOf(root, "moment", this.#view.moment ?? null, drawn);
    const first = sheets[0]?.drawn;
    this.values.hidden = images === null || !chart || !first;
    put(slider, "aria-valuemax", String(Math.round(this.#end)));
    put(slider, "aria-valuenow", String(Math.round(images ?? this.#end)));
    if (!chart || !first) return;
    const at = images ?? this.#end,
      hits = chart.at(at),
      isLoss = /Loss$/.test(first.view) && sheets.length === 1;
    const when = `${epochWords(at, race.epochImages)}${imageWords(at)}`;
    put(
      slider,
      "aria-valuetext",
      `${when}: ${hits
        .map(hit => wordsOf(race, hit))
        .filter(Boolean)
        .join(", ")}`,
    );
    if (images === null) return;
    this.#caption.textContent = when;
    this.#body.replaceChildren(...hits.map(hit => row(race, hit, isLoss)).filter(row => row !== null));
    const under = this.#under;
    if (under?.drawn) standBeside(this.values, this.#place, under.root, under.drawn, at);
    else standBeside(this.values, this.#place, sheets[0].root, first, at);
  }

  /** @param {PointerEvent} event */
  point({ target, clientX }) {
    this.#under =
      this.#sheetsOf().find(({ root }) => target instanceof Node && root.contains(target)) ?? this.#under;
    if (!this.#under?.drawn) return;
    const {
        root,
        drawn: { left, right, end },
      } = this.#under,
      x = clientX - root.getBoundingClientRect().left;
    this.#show(Math.min(1, Math.max(0, (x - left) / (right - left))) * end);
  }

  leave() {
    this.#show(document.activeElement === this.slider ? this.#images : null);
  }

  /** @param {EventTarget | null} target */
  press(target) {
    if (target !== this.slider) this.#look();
  }

  /** Images at the end of the time axis. */
  get #end() {
    return this.#sheetsOf()[0]?.drawn?.end ?? 0;
  }

  /** @param {number | null} images */
  #show(images) {
    this.#images = images;
    this.paint();
  }

  /** Shows the moment of the line. */
  #look() {
    if (this.#images !== null) this.#view.set({ moment: momentOf(this.#race, this.#images) });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const end = this.#end,
      images = this.#images,
      from = images ?? 0;
    /** @type {Record<string, number>} */
    const keys = {
      ArrowRight: from + STEP * end,
      ArrowUp: from + STEP * end,
      ArrowLeft: from - STEP * end,
      ArrowDown: from - STEP * end,
      PageUp: from + PAGE * end,
      PageDown: from - PAGE * end,
      Home: 0,
      End: end,
    };
    // The line first appears where the lanes are.
    if (event.key in keys)
      this.#images =
        images === null
          ? (this.#view.moment ?? reached(this.#race))
          : Math.min(end, Math.max(0, keys[event.key]));
    else if (images === null) return;
    else if (event.key === "Enter") this.#look();
    else if (event.key === "Escape") this.#images = null;
    else return;
    event.preventDefault();
    this.paint();
  }
}

/**
 * Places the values on the side of the line that has more room.
 * @param {HTMLElement} values
 * @param {HTMLElement} place
 * @param {HTMLElement} root of the chart
 * @param {Drawn} drawn
 * @param {number} images
 */
function standBeside(values, place, root, { left, right, end }, images) {
  const x = root.offsetLeft + left + (right - left) * Math.min(1, images / (end || 1)),
    isLate = images > end / 2;
  const wanted = isLate ? x - BESIDE - values.offsetWidth : x + BESIDE,
    most = place.clientWidth - values.offsetWidth;
  values.style.setProperty("--x", `${Math.max(0, Math.min(wanted, most))}px`);
  values.style.setProperty("--y", `${root.offsetTop + ABOVE}px`);
}

/** A moment that lanes have reached, or now. @param {Race} race @param {number} images */
function momentOf(race, images) {
  return images >= reached(race) ? undefined : Math.round(images);
}

/**
 * The vertical line of a time on a chart.
 * @param {HTMLElement} root
 * @param {string} name its class
 * @param {number | null} images
 * @param {Drawn} drawn
 */
function lineOf(root, name, images, { left, right, top, bottom, end }) {
  let line = root.querySelector(`.${name}`);
  if (images === null || !end) return line?.remove();
  if (!line) root.append((line = html("div", name)));
  const x = left + (right - left) * Math.min(1, images / end);
  for (const [property, value] of [
    ["--x", x],
    ["--top", top],
    ["--height", bottom - top],
  ])
    /** @type {HTMLElement} */ (line).style.setProperty(String(property), `${value}px`);
}

/** @param {Race} race @param {LaneHit} hit @param {boolean} isLoss */
function row(race, { id, trainLoss, trainAccuracy, judgement }, isLoss) {
  const lane = race.lanes.find(lane => lane.id === id);
  if (!lane || (!judgement && trainLoss === undefined)) return null;
  const number = (/** @type {number | undefined} */ value) =>
    value === undefined ? "·" : isLoss ? fixed(value, DIGITS) : share(value, DIGITS);
  const test = isLoss ? judgement?.loss : judgement?.accuracy,
    own = judgement?.byBatch?.[isLoss ? 0 : 1];
  const name = html("th", { scope: "row" }, swatch(race, lane), lane.name);
  return html(
    "tr",
    "",
    name,
    html("td", "num", number(test), own === undefined ? "" : html("small", "", ` ${number(own)}`)),
    html("td", "num", number(isLoss ? trainLoss : trainAccuracy)),
  );
}

/** A sample of the lane's line. @param {Race} race @param {import("../model/lane.js").Lane} lane */
function swatch(race, lane) {
  const { token } = stylesOf(race.lanes)[race.lanes.indexOf(lane)];
  return html("i", `lane-swatch lane-${token}`);
}

/** "GN 5 0.971, with the batch's own statistics 0.960" @param {Race} race @param {LaneHit} hit */
function wordsOf(race, { id, judgement, trainAccuracy }) {
  const name = race.lanes.find(lane => lane.id === id)?.name;
  if (judgement)
    return `${name} ${fixed(judgement.accuracy, DIGITS)}${judgement.byBatch ? `, with the batch’s own statistics ${fixed(judgement.byBatch[1], DIGITS)}` : ""}`;
  return trainAccuracy === undefined ? "" : `${name} ${fixed(trainAccuracy, DIGITS)} in training`;
}
