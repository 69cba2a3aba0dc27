// @ts-check
// What a race consists of, and who listens to it.

import { Emitter } from "../../lib/emitter.js";

/** @import { Course, FromWorker } from "../../../pkg/blue_cube.js" */
/** @import { Lane } from "./lane.js" */

/**
 * What happened: "lanes" when lanes were added or removed, "progress" when one advanced, "judged", "marked", "state" when the race
 * started, paused or changed engine, "loading" while images arrive.
 * @typedef {"lanes" | "progress" | "judged" | "marked" | "state" | "loading"} RaceEvent
 */

export class RaceState {
  /** @type {Lane[]} */
  lanes = [];
  /** @type {Course | undefined} */
  course;
  /** Images per epoch; 0 until a lane is ready. */
  epochImages = 0;
  /** Images after which a lane is done. */
  goalImages = Infinity;
  isRunning = false;
  /** Changes requested for all lanes, as JSON. @type {Set<string>} */
  common = new Set();
  /** @type {Extract<FromWorker, { type: "loading" }> | undefined} */
  loading;
  /** @type {Emitter<[event: RaceEvent, lane?: Lane]>} */
  #events = new Emitter();

  /** @param {(event: RaceEvent, lane: Lane | undefined) => void} listener */
  on(listener) {
    this.#events.on(listener);
  }

  /** Tells all listeners. @param {RaceEvent} event @param {Lane} [lane] */
  emit(event, lane) {
    this.#events.emit(event, lane);
  }
}
