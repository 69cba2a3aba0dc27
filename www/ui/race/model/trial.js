// @ts-check
// The trial of a race's first lane, which chooses the engine for all if that was left open.

/** @typedef {import("../../../pkg/blue_cube.js").RunSpec} RunSpec */
/** @typedef {import("./lane.js").Lane} Lane */

export class Trial {
  /** The chosen engine. @type {"cpu" | "gpu" | undefined} */
  #engine;
  /** Lanes that wait for it, the one on trial first. @type {Lane[]} */
  #waiting = [];

  /** A run with the chosen engine, if it leaves that open. @param {RunSpec} spec @returns {RunSpec} */
  settled(spec) {
    return spec.device === "auto" && this.#engine ? { ...spec, device: this.#engine } : spec;
  }

  /** Takes in a new lane; returns whether it must wait. @param {Lane} lane */
  holds(lane) {
    return lane.spec.device === "auto" && this.#waiting.push(lane) > 1;
  }

  /** Whether a lane's engine is not known yet. @param {Lane} lane */
  isOpen(lane) {
    return this.#waiting.includes(lane);
  }

  /** A lane has an engine or cannot be made; returns the lanes to make now: all, or the next to try. @param {Lane} lane */
  end(lane) {
    if (lane !== this.#waiting[0]) return [];
    const waiting = this.#waiting.splice(0).slice(1);
    if (lane.device) this.#engine = lane.device.kind === "cpu" ? "cpu" : "gpu";
    else this.#waiting = waiting.slice();
    return this.#engine ? waiting : waiting.slice(0, 1);
  }

  /** What was tried no longer holds: the next lane that leaves it open is tried anew. */
  forget() {
    this.#engine = undefined;
  }

  /** A lane is removed; returns whether it was being made, and which is tried instead. @param {Lane} lane */
  leave(lane) {
    const [tried] = this.#waiting,
      isMade = lane === tried || !this.isOpen(lane);
    this.#waiting = this.#waiting.filter(other => other !== lane);
    return { isMade, next: lane === tried ? this.#waiting[0] : undefined };
  }
}
