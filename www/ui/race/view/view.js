// @ts-check
// The view of a race: a moment and a lane. Chart, scrubber and cube share it.

import { Emitter } from "../../lib/emitter.js";

/** @typedef {import("../model/lane.js").Lane} Lane */

export class View {
  /** Images that every lane has trained on at the moment looked at; undefined for now. @type {number | undefined} */
  moment;
  /** The lane whose layer the cube shows. @type {Lane | undefined} */
  lane;
  /** The lane highlighted in the charts, if it is another. @type {Lane | undefined} */
  lit;
  /** Whether the time axes show the whole course, as published curves require. */
  isWhole = false;
  /** @type {Emitter<[]>} */
  #changes = new Emitter();

  /** @param {Partial<Pick<View, "moment" | "lane" | "lit" | "isWhole">>} patch */
  set(patch) {
    if (
      Object.entries(patch).every(
        ([name, value]) => this[/** @type {"moment" | "lane" | "lit" | "isWhole"} */ (name)] === value,
      )
    )
      return;
    Object.assign(this, patch);
    this.#changes.emit();
  }

  /** @param {() => void} listener */
  on(listener) {
    this.#changes.on(listener);
  }
}
