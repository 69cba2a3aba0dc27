// @ts-check
// The time axis as a control: a moment of the race to look at, or now.

import { quantity } from "../../lib/format.js";
import { fixed } from "../../lib/number_text.js";
import { html, put } from "../../lib/dom.js";
import { axisEnd } from "../model/epochs.js";
import { gathered } from "../../lib/paced.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("./view.js").View} View */

/** Milliseconds between two paints while lanes run, at least. */
const PAINT_MILLIS = 100;

/**
 * @param {Race} race
 * @param {View} view
 * @param {HTMLElement} place
 */
export function showTime(race, view, place) {
  const thumb = html("input", {
    class: "time",
    type: "range",
    id: "race-time",
    min: 0,
    step: 1,
    value: 0,
    "aria-label": "Moment of the race",
  });
  const words = html("output", { class: "num", for: "race-time" }),
    now = html("button", { type: "button" }, "now");
  place.append(thumb, html("p", "time-line", words, now));
  thumb.addEventListener("input", () => {
    const moment = Number(thumb.value);
    view.set({ moment: moment >= Math.floor(reached(race)) ? undefined : moment });
  });
  now.addEventListener("click", () => {
    view.set({ moment: undefined });
    thumb.focus();
  });
  let frame = 0;
  const paint = () => {
    frame = 0;
    const most = timeOf(race, view),
      images = view.moment ?? reached(race);
    thumb.max = String(Math.max(1, most));
    // A thousandth of the range, for keys too.
    thumb.step = String(Math.max(1, Math.round(most / 1000)));
    thumb.value = String(images);
    thumb.disabled = !reached(race);
    const text = `${epochWords(images, race.epochImages)}${imageWords(images)}`;
    words.textContent = text;
    put(thumb, "aria-valuetext", view.moment === undefined ? `now, ${text}` : text);
    now.hidden = view.moment === undefined;
  };
  const soon = () => {
      frame ||= requestAnimationFrame(paint);
    },
    gently = gathered(PAINT_MILLIS, soon);
  race.on(event => {
    if (event === "lanes" && !reached(race)) view.set({ moment: undefined });
    gently();
  });
  view.on(soon);
  paint();
}

/** Images that the leading lane has trained on. @param {Pick<Race, "lanes">} race */
export const reached = race => Math.max(0, ...race.lanes.map(lane => lane.history.nImages));

/**
 * Images at the end of the time axis.
 * @param {Pick<Race, "lanes" | "goalImages">} race
 * @param {Pick<View, "isWhole">} view
 */
export function timeOf(race, { isWhole }) {
  const { goalImages } = race,
    images = reached(race);
  return isWhole && Number.isFinite(goalImages) ? Math.max(images, goalImages) : axisEnd(images, goalImages);
}

/** "epoch 1.25 · " @param {number} images @param {number} epochImages */
export const epochWords = (images, epochImages) =>
  epochImages ? `epoch ${fixed(images / epochImages, 2)} · ` : "";

/** "1 250 images" @param {number} images */
export const imageWords = images => quantity(Math.round(images), "image");
