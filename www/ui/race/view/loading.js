// @ts-check
// The transfer of the images: what has arrived, what is left, and whether the network has stopped.

import { clock, integer, megabytes, quantity } from "../../lib/format.js";
import { tell } from "../../lib/messages.js";
import { DATA } from "../model/choices.js";

/** @typedef {import("../model/race.js").Race} Race */

/** Milliseconds of a transfer before the time left is told, and without a byte before the network counts as stopped. */
const PATIENCE_MILLIS = 1000,
  STALL_MILLIS = 3000;

/** Milliseconds between two looks at a transfer. */
const LOOK_MILLIS = 500;

/** @param {Race} race @param {HTMLElement} place */
export function showLoading(race, place) {
  const transfer = new Transfer();
  let timer = 0;
  const paint = () => {
    const { loading } = race;
    place.hidden = !loading;
    if (loading) place.textContent = transfer.words(loading, performance.now());
  };
  race.on(event => {
    if (event === "lanes" || event === "state") return tellFew(race);
    if (event !== "loading") return;
    clearInterval(timer);
    if (race.loading) timer = window.setInterval(paint, LOOK_MILLIS);
    else transfer.end();
    paint();
  });
}

/** The words about a transfer. */
export class Transfer {
  /** When it began, and how many bytes were here by then. @type {[millis: number, bytes: number] | undefined} */
  #first;
  #bytes = 0;
  /** When the last byte arrived. */
  #last = 0;

  end() {
    this.#first = undefined;
  }

  /** @param {NonNullable<Race["loading"]>} loading @param {number} now in milliseconds */
  words({ data, receivedBytes, totalBytes }, now) {
    this.#first ??= [now, receivedBytes];
    if (receivedBytes !== this.#bytes) [this.#bytes, this.#last] = [receivedBytes, now];
    // A host that sends no sizes leaves the total at 0.
    const isKnown = totalBytes >= receivedBytes,
      bytes = isKnown ? `${megabytes(receivedBytes)} of ${megabytes(totalBytes)}` : megabytes(receivedBytes);
    const [since, before] = this.#first,
      millis = now - since,
      arrived = receivedBytes - before;
    const left =
      now - this.#last > STALL_MILLIS
        ? ", waiting for the network"
        : isKnown && millis > PATIENCE_MILLIS && arrived > 0
          ? `, ${clock(Math.ceil((((totalBytes - receivedBytes) / arrived) * millis) / 1000))} left`
          : "";
    return `Loading ${DATA[data]}: ${bytes} MB${left}`;
  }
}

/** Says that the page as one file has few images, which a race may ask more of. @param {Race} race */
function tellFew({ epochImages, course }) {
  const held = Number(document.documentElement.dataset.images);
  if (!held || !epochImages || !course) return;
  const { trainOn } = course,
    asked = typeof trainOn === "string" ? Infinity : 10 * trainOn["first-of-each-class"];
  if (asked <= epochImages) return;
  const failure = {
    code: /** @type {const} */ ("bad-message"),
    message: `this file has ${integer(held)} training images of each data set: an epoch here is ${quantity(epochImages, "image")}`,
    hint: "The page on a host has all of them.",
  };
  tell("race-notice", failure, { key: "few" });
}
