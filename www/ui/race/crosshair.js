// @ts-check
// The values under the pointer: a line through all charts at one time, by pointer or by arrow keys; a press looks at that moment.

import { html, put } from "../dom.js";
import { looksOf } from "./looks.js";
import { epochWords, imageWords, reached } from "./time.js";

/** @import { Race } from "./race.js" */
/** @import { View } from "./view.js" */
/** @import { Chart as Drawn, LaneHit, RaceChart } from "../../pkg/charts/blue_cube.js" */

/** A chart and where it stands. @typedef {{ root: HTMLElement, drawn: Drawn | undefined }} Sheet */

/** Pixels between the line and the values beside it, and above them. */
const BESIDE = 10, ABOVE = 20;

/** Parts of the axis of time that an arrow key and a page key go. */
const STEP = 1 / 100, PAGE = 1 / 10;

/**
 * @param {Race} race
 * @param {View} view
 * @param {HTMLElement} place that holds the charts
 * @param {() => RaceChart | undefined} chartOf
 * @param {() => Sheet[]} sheetsOf
 */
export function showCrosshair(race, view, place, chartOf, sheetsOf) {
  const slider = html("div", "crosshair-keys"), values = html("table", "readout"), body = html("tbody", ""), caption = html("caption", "num");
  for (const [name, value] of [["role", "slider"], ["aria-label", "Values at a moment"], ["aria-valuemin", "0"], ["tabindex", "0"]]) slider.setAttribute(name, value);
  slider.id = "race-crosshair";
  values.append(caption, html("thead", "", html("tr", "", ...["", "test", "training"].map(words => html("th", "", words)))), body);
  values.hidden = true;
  /** Images at the line; none while there is no line. @type {number | null} */
  let images = null;
  /** The chart under the pointer. @type {Sheet | undefined} */
  let under;

  const paint = () => {
    const chart = chartOf(), sheets = sheetsOf(), first = sheets[0]?.drawn, end = first?.end ?? 0;
    for (const { root, drawn } of sheets) if (drawn) lineOf(root, "crosshair", images, drawn);
    for (const { root, drawn } of sheets) if (drawn) lineOf(root, "moment", view.moment ?? null, drawn);
    values.hidden = images === null || !chart || !first;
    put(slider, "aria-valuemax", String(Math.round(end)));
    put(slider, "aria-valuenow", String(Math.round(images ?? end)));
    if (!chart || !first) return;
    const at = images ?? end, hits = chart.at(at), isLoss = /Loss$/.test(first.view) && sheets.length === 1;
    const when = `${epochWords(at, race.epochImages)}${imageWords(at)}`;
    put(slider, "aria-valuetext", `${when}: ${hits.map(hit => wordsOf(race, hit)).filter(Boolean).join(", ")}`);
    if (images === null) return;
    caption.textContent = when;
    body.replaceChildren(...hits.map(hit => row(race, hit, isLoss)).filter(row => row !== null));
    if (under?.drawn) standBeside(values, place, under.root, under.drawn, at);
    else standBeside(values, place, sheets[0].root, first, at);
  };
  place.addEventListener("pointermove", event => {
    under = sheetsOf().find(({ root }) => event.target instanceof Node && root.contains(event.target)) ?? under;
    if (!under?.drawn) return;
    const { left, right, end } = under.drawn, x = event.clientX - under.root.getBoundingClientRect().left;
    images = Math.min(1, Math.max(0, (x - left) / (right - left))) * end;
    paint();
  });
  place.addEventListener("pointerleave", () => {
    images = document.activeElement === slider ? images : null;
    paint();
  });
  place.addEventListener("click", event => {
    if (images !== null && event.target !== slider) view.set({ moment: momentOf(race, images) });
  });
  slider.addEventListener("keydown", event => {
    const end = sheetsOf()[0]?.drawn?.end ?? 0, from = images ?? 0;
    /** @type {Record<string, () => number>} */
    const keys = {
      ArrowRight: () => from + STEP * end, ArrowUp: () => from + STEP * end, ArrowLeft: () => from - STEP * end, ArrowDown: () => from - STEP * end,
      PageUp: () => from + PAGE * end, PageDown: () => from - PAGE * end, Home: () => 0, End: () => end,
    };
    // The line comes first to where the lanes are.
    if (keys[event.key] && images === null) images = view.moment ?? reached(race);
    else if (keys[event.key]) images = Math.min(end, Math.max(0, keys[event.key]()));
    else if (event.key === "Enter" && images !== null) view.set({ moment: momentOf(race, images) });
    else if (event.key === "Escape" && images !== null) images = null;
    else return;
    event.preventDefault();
    paint();
  });
  slider.addEventListener("blur", () => {
    images = null;
    paint();
  });
  return { elements: [slider, values], paint };
}

/**
 * Puts the values beside the line, where there is more room.
 * @param {HTMLElement} values
 * @param {HTMLElement} place
 * @param {HTMLElement} root of the chart
 * @param {Drawn} drawn
 * @param {number} images
 */
function standBeside(values, place, root, { left, right, end }, images) {
  const x = root.offsetLeft + left + (right - left) * Math.min(1, images / (end || 1)), isLate = images > end / 2;
  const wanted = isLate ? x - BESIDE - values.offsetWidth : x + BESIDE, most = place.clientWidth - values.offsetWidth;
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
  if (!line) root.append(line = html("div", name));
  const x = left + (right - left) * Math.min(1, images / end);
  for (const [property, value] of [["--x", x], ["--top", top], ["--height", bottom - top]]) /** @type {HTMLElement} */ (line).style.setProperty(String(property), `${value}px`);
}

/** @param {Race} race @param {LaneHit} hit @param {boolean} isLoss */
function row(race, { id, trainLoss, trainAccuracy, judgement }, isLoss) {
  const lane = race.lanes.find(lane => lane.id === id);
  if (!lane || (!judgement && trainLoss === undefined)) return null;
  const number = (/** @type {number | undefined} */ value) => (value === undefined ? "·" : value.toFixed(3).replace(/^0/, ""));
  const test = isLoss ? judgement?.loss : judgement?.accuracy, own = judgement?.byBatch?.[isLoss ? 0 : 1];
  const name = html("th", "", swatch(race, lane), lane.name);
  name.scope = "row";
  return html("tr", "", name, html("td", "num", number(test), own === undefined ? "" : html("small", "", ` ${number(own)}`)), html("td", "num", number(isLoss ? trainLoss : trainAccuracy)));
}

/** A piece of the lane's line. @param {Race} race @param {import("./lane.js").Lane} lane */
function swatch(race, lane) {
  const { token } = looksOf(race.lanes)[race.lanes.indexOf(lane)];
  return html("i", `lane-swatch lane-${token}`);
}

/** "GN 5 0.971, by the batch's own statistics 0.960" @param {Race} race @param {LaneHit} hit */
function wordsOf(race, { id, judgement, trainAccuracy }) {
  const name = race.lanes.find(lane => lane.id === id)?.name;
  if (judgement) return `${name} ${judgement.accuracy.toFixed(3)}${judgement.byBatch ? `, by the batch’s own statistics ${judgement.byBatch[1].toFixed(3)}` : ""}`;
  return trainAccuracy === undefined ? "" : `${name} ${trainAccuracy.toFixed(3)} in training`;
}
