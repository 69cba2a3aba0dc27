// @ts-check
// What of a race is looked at: a moment of its time, and a lane. Chart, scrubber and cube share it.

/** @typedef {import("./lane.js").Lane} Lane */

export class View {
  /** Images that every lane has trained on at the moment looked at; undefined for now. @type {number | undefined} */
  moment;
  /** The lane whose layer the cube shows. @type {Lane | undefined} */
  lane;
  /** Whether the axes of time show the whole course, as published curves want. */
  isWhole = false;
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {Partial<Pick<View, "moment" | "lane" | "isWhole">>} patch */
  set(patch) {
    if (Object.entries(patch).every(([name, value]) => this[/** @type {"moment" | "lane" | "isWhole"} */ (name)] === value)) return;
    Object.assign(this, patch);
    for (const listener of this.#listeners) listener();
  }

  /** @param {() => void} listener */
  on(listener) {
    this.#listeners.push(listener);
  }
}
